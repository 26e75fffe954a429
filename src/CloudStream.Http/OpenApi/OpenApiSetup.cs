using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CloudStream.Http.OpenApi;

/// <summary>Serves <c>/openapi/v1.json</c>. Nothing of the document exists before somebody asks for it.</summary>
internal static class OpenApiSetup
{
    public const string DocumentName = "v1";
    public const string Path = "/openapi/v1.json";

    public static void AddCloudStreamOpenApi(this IServiceCollection services) =>
        services.AddOpenApi(DocumentName, static options => options.AddDocumentTransformer<OperationsTransformer>());

    public static void MapCloudStreamOpenApi(this IEndpointRouteBuilder endpoints) => endpoints.MapOpenApi("/openapi/{documentName}.json");
}
