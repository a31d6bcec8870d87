//! Databases for tests: each a copy of a template that was migrated once.

use std::{
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use keyward::{
    config::database::{Database, Durability},
    model::secret::Secret,
    storage::Store,
};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::support;

pub struct TestDatabase {
    pub store: Store,
    pub place: Database,
    /// The name of the database on the server, or the folder of the file.
    keep: Keep,
}

enum Keep {
    Folder(TempDir),
    Server { url: String, name: String },
}

static SQLITE_TEMPLATE: OnceCell<Vec<u8>> = OnceCell::const_new();
static POSTGRES_TEMPLATE: OnceCell<String> = OnceCell::const_new();
static COUNTER: AtomicU32 = AtomicU32::new(0);

fn fresh_name() -> String {
    format!("keyward_test_{}_{}", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

fn with_name(url: &str, name: &str) -> Secret {
    let mut url = url::Url::parse(url).expect("KEYWARD_TEST_POSTGRES is a URL");
    url.set_path(name);
    Secret::new(url.as_str())
}

async fn on_server(url: &str, statement: String) {
    let mut connection = PgConnection::connect(url).await.expect("the PostgreSQL server answers");
    connection.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
    connection.close().await.unwrap();
}

async fn sqlite_template() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("template.db");
    let store = Store::open(&Database::Sqlite { path: path.clone(), durability: Durability::Full }).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await.unwrap();
    std::fs::read(path).unwrap()
}

async fn postgres_template(url: &str) -> String {
    let name = fresh_name();
    on_server(url, format!("CREATE DATABASE {name}")).await;
    let store = Store::open(&Database::Postgres { url: with_name(url, &name), connections: 2 }).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await.unwrap();
    name
}

impl TestDatabase {
    /// Migrated, and not durable: it does not outlive the test.
    pub async fn sqlite() -> Self {
        Self::sqlite_with(Durability::Off).await
    }

    pub async fn sqlite_with(durability: Durability) -> Self {
        let template = SQLITE_TEMPLATE.get_or_init(sqlite_template).await;
        let (folder, path) = empty_place();
        std::fs::write(&path, template).unwrap();
        let place = Database::Sqlite { path, durability };
        let store = Store::open(&place).await.unwrap();
        Self { store, place, keep: Keep::Folder(folder) }
    }

    /// None: no server is named.
    pub async fn postgres() -> Option<Self> {
        let url = support::database::postgres()?;
        let template = POSTGRES_TEMPLATE.get_or_init(|| postgres_template(&url)).await;
        let name = fresh_name();
        on_server(&url, format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Some(Self::on_postgres(url, name).await)
    }

    /// Without any table.
    pub async fn empty_sqlite() -> Self {
        let (folder, path) = empty_place();
        let place = Database::Sqlite { path, durability: Durability::Off };
        let store = Store::open(&place).await.unwrap();
        Self { store, place, keep: Keep::Folder(folder) }
    }

    pub async fn empty_postgres() -> Option<Self> {
        let url = support::database::postgres()?;
        let name = fresh_name();
        on_server(&url, format!("CREATE DATABASE {name}")).await;
        Some(Self::on_postgres(url, name).await)
    }

    async fn on_postgres(url: String, name: String) -> Self {
        let place = Database::Postgres { url: with_name(&url, &name), connections: 12 };
        let store = Store::open(&place).await.unwrap();
        Self { store, place, keep: Keep::Server { url, name } }
    }

    /// Another process on the same database, as far as the database can tell.
    pub async fn second_store(&self) -> Store {
        Store::open(&self.place).await.unwrap()
    }

    pub async fn remove(self) {
        self.store.close().await.unwrap();
        match self.keep {
            Keep::Folder(folder) => folder.close().unwrap(),
            Keep::Server { url, name } => on_server(&url, format!("DROP DATABASE {name} WITH (FORCE)")).await,
        }
    }
}

fn empty_place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keyward.db");
    (folder, path)
}

impl TestDatabase {
    /// Runs a statement on a connection of its own, past the store.
    pub async fn tamper(&self, statement: &'static str) {
        let mut aside = support::database::Aside::open(&self.place).await;
        aside.run(statement).await;
        aside.close().await;
    }
}
