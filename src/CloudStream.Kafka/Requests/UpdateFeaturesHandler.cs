using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Requests;

/// <summary>
/// UpdateFeatures: a feature may be set to the level that it has. Levels come with the program, and there is no other to go to.
/// </summary>
internal sealed class UpdateFeaturesHandler(Features features) : KafkaHandler<UpdateFeaturesRequest>(ApiKey.UpdateFeatures, 0, 2)
{
    private const string OfAll = "The update failed for all features since the following feature had an error: ";

    protected override ValueTask<KafkaResponse> HandleAsync(UpdateFeaturesRequest request, RequestContext context)
    {
        if (request.FeatureUpdates.GroupBy(u => u.Feature, StringComparer.Ordinal).Any(g => g.Skip(1).Any()))
            return new(Refused(KafkaError.InvalidRequest, "Each feature must appear at most once."));
        if (request.FeatureUpdates.Select(Fault).FirstOrDefault(f => f is not null) is { } fault)
            return new(Refused(KafkaError.InvalidUpdateVersion, OfAll + fault));
        var results = request.FeatureUpdates.Select(u => new UpdateFeaturesResponse.UpdatableFeatureResult { Feature = u.Feature });
        return new(new UpdateFeaturesResponse { Results = [.. results] });
    }

    private string? Fault(UpdateFeaturesRequest.FeatureUpdateKey update)
    {
        var (name, level) = (update.Feature, update.MaxVersionLevel);
        if (features.All.FirstOrDefault(f => f.Name == name) is not { } feature)
            return level < 1 ? $"Invalid update version {level} for feature {name}. Feature {name} not found."
                : $"Invalid update version {level} for feature {name}. This broker does not support this feature.";
        return level == feature.Level ? null
            : $"Invalid update version {level} for feature {name}. This broker only supports versions {feature.Level}-{feature.Level}";
    }

    private static UpdateFeaturesResponse Refused(KafkaError error, string detail) =>
        new() { ErrorCode = (short)error, ErrorMessage = detail };
}
