"""Deploying: files are read, judged and compiled before anything is stored, and stored together or not at all."""

from engine.deployments.agents import Registered
from engine.deployments.deploy import Deployment, Order, deploy
from engine.deployments.files import NamedFile
from engine.deployments.processes import Processes
from engine.deployments.starters import check_may_start, may_start

__all__ = ["Deployment", "NamedFile", "Order", "Processes", "Registered", "check_may_start", "deploy", "may_start"]
