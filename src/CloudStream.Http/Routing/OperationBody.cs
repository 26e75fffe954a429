namespace CloudStream.Http.Routing;

/// <summary>A body that an operation takes.</summary>
/// <param name="ContentType">Media type.</param>
/// <param name="Schema">Its shape, a name in <see cref="OpenApi.Shapes"/>.</param>
internal sealed record OperationBody(string ContentType, string Schema);
