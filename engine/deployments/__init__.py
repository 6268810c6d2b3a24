"""Deploying: files are read, judged and compiled before anything is stored, and stored together or not at all."""

from engine.deployments.deploy import Deployment, Order, deploy
from engine.deployments.files import NamedFile
from engine.deployments.processes import Processes

__all__ = ["Deployment", "NamedFile", "Order", "Processes", "deploy"]
