using CloudStream.Http.Problems;
using CloudStream.Http.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace CloudStream.Http.Routing;

/// <summary>Maps operations to routes, and answers with problems where there is no operation.</summary>
internal static class OperationMapper
{
    public static void Map(IEndpointRouteBuilder endpoints, IReadOnlyList<Operation> operations, ILogger logger)
    {
        foreach (var operation in operations)
            endpoints.MapMethods(operation.Pattern, [operation.Method], new RequestBoundary(operation, logger).HandleAsync).WithMetadata(
                operation).WithDisplayName(operation.Id);
        foreach (var pattern in operations.GroupBy(o => o.Pattern))
            MapOtherMethods(endpoints, pattern.Key, string.Join(", ", pattern.Select(o => o.Method)));
        endpoints.MapFallback("/{**path}", NothingHere).WithDisplayName("nothing");
    }

    private static void MapOtherMethods(IEndpointRouteBuilder endpoints, string pattern, string allowed) =>
        endpoints.Map(pattern, context => ProblemResponse.WriteAsync(context, MethodNotAllowed(context.Request, allowed))).WithDisplayName(
            "other methods");

    private static Problem MethodNotAllowed(HttpRequest request, string allowed) =>
        new(StatusCodes.Status405MethodNotAllowed, "method-not-allowed", "The resource does not take this method",
            $"{Excerpt.Of(request.Method)} is not supported here; supported: {allowed}.") { Allow = allowed };

    private static Task NothingHere(HttpContext context) =>
        ProblemResponse.WriteAsync(context, new Problem(StatusCodes.Status404NotFound, "not-found",
            "There is nothing at this address",
            $"There is nothing at {Excerpt.Of(context.Request.Path.ToString())}; /openapi/v1.json lists what there is."));
}
