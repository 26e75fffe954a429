using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CloudStream.Http.OpenApi;

/// <summary>Serves <c>/openapi/v1.json</c>. Nothing of the document exists before somebody asks for it.</summary>
internal static class OpenApiSetup
{
    public const string DocumentName = "v1";
    public const string Path = $"/openapi/{DocumentName}.json";

    public static void AddCloudStreamOpenApi(this IServiceCollection services) =>
        services.AddOpenApi(DocumentName, static options => options.AddDocumentTransformer<OperationsTransformer>());

    // A fixed path, for the framework answers other document names in plain text; and no query, from which it would take such a name.
    public static void MapCloudStreamOpenApi(this IEndpointRouteBuilder endpoints) => endpoints.MapOpenApi(Path).Finally(static endpoint =>
    {
        var serve = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context => context.Request.QueryString.HasValue
            ? ProblemResponse.WriteAsync(context, Problem.Invalid("Query parameters are not taken here."))
            : serve(context);
    });
}
