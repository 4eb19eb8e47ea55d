"""Requirements of the standard as data: which rule judges which records (JR/T 0074-2012)."""

from graph.compliance.load import Requirement, load_requirements, requirements_from

__all__ = ["Requirement", "load_requirements", "requirements_from"]
