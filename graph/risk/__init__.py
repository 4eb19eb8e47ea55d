"""The risk model of a change: weights and thresholds as data, versioned (SEMANTICS 3)."""

from graph.risk.model import RiskModel, load_risk_model, risk_model_from

__all__ = ["RiskModel", "load_risk_model", "risk_model_from"]
