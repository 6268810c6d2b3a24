execution.getVariable("n") > 10
