using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Requests;

/// <summary>Tells clients which APIs and versions there are: those that have a handler; and which features.</summary>
internal sealed class ApiVersionsHandler(HandlerTable handlers, Features features)
    : KafkaHandler<ApiVersionsRequest>(ApiKey.ApiVersions, 0, 4)
{
    private readonly Lazy<List<ApiVersionsResponse.ApiVersion>> _versions = new(() =>
        [
            .. handlers.All.Select(h => new ApiVersionsResponse.ApiVersion
            {
                ApiKey = (short)h.Key,
                MinVersion = h.AdvertisedMinVersion,
                MaxVersion = h.MaxVersion
            })]);

    /// <summary>What a client gets whose version is not spoken: body version 0, from which it learns which one is (KIP-511).</summary>
    public ApiVersionsResponse Unsupported => new() { ErrorCode = (short)KafkaError.UnsupportedVersion, ApiKeys = _versions.Value };

    protected override ValueTask<KafkaResponse> HandleAsync(ApiVersionsRequest request, RequestContext context)
    {
        var isKnown = context.Version < 3 || (IsName(request.ClientSoftwareName) && IsName(request.ClientSoftwareVersion));
        if (isKnown)
            context.Connection.Authentication?.TellVersions();
        return new(new ApiVersionsResponse
        {
            ErrorCode = isKnown ? (short)0 : (short)KafkaError.InvalidRequest,
            ApiKeys = isKnown ? _versions.Value : [],
            SupportedFeatures = [.. features.All.Select(Supported)],
            FinalizedFeaturesEpoch = Features.Epoch,
            FinalizedFeatures = [.. features.All.Select(Finalized)],
        });
    }

    private static ApiVersionsResponse.SupportedFeatureKey Supported(Feature feature) =>
        new() { Name = feature.Name, MinVersion = feature.Level, MaxVersion = feature.Level };

    private static ApiVersionsResponse.FinalizedFeatureKey Finalized(Feature feature) =>
        new() { Name = feature.Name, MinVersionLevel = feature.Level, MaxVersionLevel = feature.Level };

    // KIP-511: [a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?
    private static bool IsName(string text)
    {
        if (text.Length == 0 || !char.IsAsciiLetterOrDigit(text[0]) || !char.IsAsciiLetterOrDigit(text[^1]))
            return false;
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))
                return false;
        }

        return true;
    }
}
