//! DK461: unencrypted warehouse.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports clusters of Redshift of which encryption is switched off.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Blocks, snapshots and copies of them are readable for whoever gets at the storage, and to switch it on later migrates the cluster.
    ///
    /// ## Example
    /// ```yaml
    /// Resources:
    ///   Warehouse:
    ///     Type: AWS::Redshift::Cluster
    ///     Properties:
    ///       ClusterType: single-node
    ///       NodeType: ra3.large
    ///       DBName: dev
    ///       MasterUsername: etl
    ///       ManageMasterPassword: true
    ///       PubliclyAccessible: false
    ///       Encrypted: false
    /// ```
    ///
    /// ## Use instead
    /// ```yaml
    /// Resources:
    ///   Warehouse:
    ///     Type: AWS::Redshift::Cluster
    ///     Properties:
    ///       ClusterType: single-node
    ///       NodeType: ra3.large
    ///       DBName: dev
    ///       MasterUsername: etl
    ///       ManageMasterPassword: true
    ///       PubliclyAccessible: false
    ///       Encrypted: true
    /// ```
    ///
    /// ## References
    /// - Amazon Redshift Management Guide: Amazon Redshift database encryption:
    ///   <https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html>
    pub const RULE = ("DK461", "unencrypted-warehouse", Pipeline, Warning, ["Amazon Redshift Management Guide: Amazon Redshift database encryption, https://docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct UnencryptedWarehouse {
    warehouse: String,
}

impl Violation for UnencryptedWarehouse {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("`{}` is not encrypted at rest", self.warehouse)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Set Encrypted to true, with a key of KMS where yours is asked for.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let all = cx.pipeline.warehouses.iter();
    let own = all.filter(|one| one.encrypted.known() == Some(&false));
    own.map(|one| {
        let found = UnencryptedWarehouse {
            warehouse: one.name.clone(),
        };
        found.at(cx.place(&one.place))
    })
    .collect()
}
