//! A database for each case: a copy of a template that is made once for a run, with its tables, its keys, an organization and two people.
//! SQLite, or the PostgreSQL server that `KEYWARD_TEST_POSTGRES` names.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use keyward::{
    app::{App, assemble::Schemas, clock::Clock, randomness::Randomness},
    config::database::{Database, Durability},
    model::secret::Secret,
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::server;

/// The server's URL when the cases run on PostgreSQL.
#[expect(clippy::disallowed_methods, reason = "the one thing that the cases are told from outside")]
pub fn postgres() -> Option<String> {
    std::env::var("KEYWARD_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

pub async fn fresh(folder: &Path) -> Database {
    match (postgres(), template()) {
        (None, Template::File(template)) => {
            let path = folder.join("keyward.db");
            fs::copy(template, &path).unwrap();
            Database::Sqlite { path, durability: Durability::Off }
        }
        (Some(server), Template::Named(template)) => {
            let name = new_name();
            create(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
            Database::Postgres { url: named(&server, &name), connections: 5 }
        }
        _ => unreachable!("the template is of the database that the cases run on"),
    }
}

/// A database with nothing in it.
pub async fn empty(folder: &Path) -> Database {
    match postgres() {
        None => Database::Sqlite { path: folder.join("keyward.db"), durability: Durability::Off },
        Some(server) => {
            let name = new_name();
            create(&server, &format!("CREATE DATABASE {name}")).await;
            Database::Postgres { url: named(&server, &name), connections: 5 }
        }
    }
}

#[derive(Debug)]
enum Template {
    File(PathBuf),
    Named(String),
}

/// Made by whichever case comes first, on a thread and a runtime of its own.
fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let made = std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(make_template()));
        made.join().expect("the template is made")
    })
}

async fn make_template() -> Template {
    let folder = std::env::temp_dir().join(format!("keyward-template-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("template.db");
    let _ = fs::remove_file(&path);
    let (database, template) = match postgres() {
        None => (Database::Sqlite { path: path.clone(), durability: Durability::Off }, Template::File(path)),
        Some(server) => {
            let name = format!("{}_template", new_name());
            create(&server, &format!("CREATE DATABASE {name}")).await;
            (Database::Postgres { url: named(&server, &name), connections: 2 }, Template::Named(name))
        }
    };
    let config = server::config(&folder, database);
    let app = App::assemble(config, Clock::turned(server::BEGINNING), Randomness::system(), Schemas::BringUp).await.unwrap();
    server::furnish(&app).await;
    app.store.close().await.unwrap();
    template
}

fn new_name() -> String {
    format!("keyward_{}", uuid::Builder::from_random_bytes(Randomness::system().bytes()).into_uuid().simple())
}

fn named(server: &str, name: &str) -> Secret {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    Secret::new(url.to_string())
}

async fn create(server: &str, statement: &str) {
    let mut connection = PgConnection::connect(server).await.expect("the PostgreSQL server of KEYWARD_TEST_POSTGRES answers");
    connection.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
    connection.close().await.unwrap();
}

/// A connection of one's own, past the store.
pub enum Aside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Aside {
    pub async fn open(database: &Database) -> Self {
        match database {
            Database::Sqlite { path, .. } => {
                Self::Sqlite(SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.unwrap())
            }
            Database::Postgres { url, .. } => Self::Postgres(PgConnection::connect(url.reveal()).await.unwrap()),
        }
    }

    pub async fn run(&mut self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match self {
            Self::Sqlite(connection) => drop(connection.execute(statement).await.unwrap()),
            Self::Postgres(connection) => drop(connection.execute(statement).await.unwrap()),
        }
    }

    pub async fn close(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }

    /// Nobody else can write into these tables until `ROLLBACK`.
    pub async fn block(&mut self, tables: &str) {
        match self {
            Self::Sqlite(_) => self.run("BEGIN IMMEDIATE").await,
            Self::Postgres(_) => self.run(&format!("BEGIN; LOCK TABLE {tables} IN SHARE MODE")).await,
        }
    }
}
