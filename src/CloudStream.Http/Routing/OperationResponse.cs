namespace CloudStream.Http.Routing;

/// <summary>A successful answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Description">What it means.</param>
/// <param name="ContentType">Media type; null without a body.</param>
/// <param name="Schema">Its shape, a name in <see cref="OpenApi.Shapes"/>; null without a body.</param>
internal sealed record OperationResponse(int Status, string Description, string? ContentType = null, string? Schema = null);
