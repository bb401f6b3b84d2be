"""The threshold room: when to flag a case, and what flagging costs.

A cost matrix (`cost.Costs`) goes in, with a prevalence and what is known of the classifier: an AUC (`calibrated`), a
table of operating points (`points`) or scores (`scores`); a `cost.Policy` comes out: a threshold, what becomes of the
cases, and what they cost. An `Invalid` names the field at fault: `cost_fp`, `cost_fn`, `cost_tp`, `cost_tn`,
`prevalence`, `trained`, `auc`, `threshold`, `cap`, `points` or `scores`.
"""
