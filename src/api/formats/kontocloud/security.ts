/** How KontoCloud calls are secured, for the OpenAPI document. */
export const kontoCloudSecurity = [{ authToken: [] }, { bearer: [] }];
