"""The Camunda 8 Orchestration Cluster API (/v2), as far as Camunda Modeler's Deploy button needs it."""
