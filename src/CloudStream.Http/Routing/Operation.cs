using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Routing;

/// <summary>
/// One verb on one path: what it is called, what it takes and gives, and who handles it. The one source for routing, for the refusal of
/// unknown query parameters, and for the OpenAPI document. Immutable.
/// </summary>
internal sealed record Operation
{
    /// <summary>Unique; generated clients name their methods after it.</summary>
    public required string Id { get; init; }

    /// <summary>GET, POST, …</summary>
    public required string Method { get; init; }

    /// <summary>Route pattern, parameters in braces.</summary>
    public required string Pattern { get; init; }

    /// <summary>Group of operations in the document.</summary>
    public required string Tag { get; init; }

    public required string Summary { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<OperationParameter> Query { get; init; } = [];

    public IReadOnlyList<OperationParameter> Headers { get; init; } = [];

    /// <summary>Bodies that it takes.</summary>
    public IReadOnlyList<OperationBody> Bodies { get; init; } = [];

    /// <summary>Successful answers.</summary>
    public required IReadOnlyList<OperationResponse> Responses { get; init; }

    /// <summary>Statuses of its problems besides 500.</summary>
    public IReadOnlyList<int> Problems { get; init; } = [];

    public required RequestDelegate Handler { get; init; }
}
