//! Does the database answer a write and a read?

use sea_orm::{ConnectionTrait, Statement};

use crate::model::fault::{Failure, Fault};

use super::{Store, fault};

pub async fn check(store: &Store) -> Result<(), Fault> {
    let written: Result<(), Failure<std::convert::Infallible>> = store
        .write("health", |tx| async move {
            let touch = "UPDATE epoch SET value = value WHERE id = 1";
            let statement = Statement::from_string(tx.get_database_backend(), touch.to_owned());
            tx.execute_raw(statement).await.map_err(fault("write to the database"))?;
            Ok(())
        })
        .await;
    match written {
        Ok(()) => {}
        Err(Failure::Broken(fault)) => return Err(fault),
        Err(Failure::Refused(never)) => match never {},
    }
    let db = store.db();
    let read = Statement::from_string(db.get_database_backend(), "SELECT value FROM epoch WHERE id = 1".to_owned());
    db.query_one_raw(read).await.map_err(fault("read from the database"))?;
    Ok(())
}
