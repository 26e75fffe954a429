namespace CloudStream.Http.Routing;

/// <summary>A query parameter or a header.</summary>
/// <param name="Name">As clients write it.</param>
/// <param name="Schema">Its shape, a name in <see cref="OpenApi.Shapes"/>.</param>
/// <param name="Description">What it does, its default and range.</param>
/// <param name="Required">Whether a request without it is refused.</param>
internal sealed record OperationParameter(string Name, string Schema, string Description, bool Required = false);
