"""The Camunda 7 REST API (/engine-rest), as far as Camunda Modeler's Deploy button needs it."""
