//! DK460: public warehouse.

use serde::Serialize;

use super::Context;
use crate::rules::{Finding, Remedy, RuleInfo, Violation};

crate::declare_rule! {
    /// ## What it does
    /// Reports clusters and workgroups of Redshift that are publicly accessible.
    ///
    /// It was counted on files that were written for this project, and has met no others yet.
    ///
    /// ## Why is this bad?
    /// Its endpoint has an address of the internet: only its security groups and passwords stand before it.
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
    ///       PubliclyAccessible: true
    ///       Encrypted: true
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
    /// - Amazon Redshift Management Guide: Managing clusters in a VPC:
    ///   <https://docs.aws.amazon.com/redshift/latest/mgmt/managing-clusters-vpc.html>
    pub const RULE = ("DK460", "public-warehouse", Pipeline, Warning, ["Amazon Redshift Management Guide: Managing clusters in a VPC, https://docs.aws.amazon.com/redshift/latest/mgmt/managing-clusters-vpc.html"]);
}

/// What was found.
#[derive(Debug, Serialize)]
pub(super) struct PublicWarehouse {
    warehouse: String,
}

impl Violation for PublicWarehouse {
    const RULE: RuleInfo = RULE;

    fn message(&self) -> String {
        format!("`{}` is reachable from the internet", self.warehouse)
    }

    fn remedy(&self) -> Remedy {
        Remedy::text("Set PubliclyAccessible to false, and reach it by the VPC.")
    }
}

pub(super) fn check(cx: &Context<'_>) -> Vec<Finding> {
    let all = cx.pipeline.warehouses.iter();
    let own = all.filter(|one| one.public.known() == Some(&true));
    own.map(|one| {
        let found = PublicWarehouse {
            warehouse: one.name.clone(),
        };
        found.at(cx.place(&one.place))
    })
    .collect()
}
