// What axe-core finds on the page, as sentences.
return axe.run(document, { resultTypes: ["violations"] }).then((found) => found.violations.flatMap((rule) =>
  rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")}: ${(node.failureSummary || "").replace(/\s+/g, " ").slice(0, 240)}`)));
