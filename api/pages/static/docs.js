// Starts Swagger UI on the API's description. Credentials stay in the page: nothing is kept in the browser.
"use strict";
const place = document.getElementById("api");
window.SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: false,
});
