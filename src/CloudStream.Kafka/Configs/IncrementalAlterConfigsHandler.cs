using System.Globalization;
using CloudStream.Cluster.Settings;
using CloudStream.Kafka.Errors;
using CloudStream.Kafka.Face;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Requests;
using CloudStream.Storage;
using Answers = CloudStream.Kafka.Messages.IncrementalAlterConfigsResponse;

namespace CloudStream.Kafka.Configs;

/// <summary>IncrementalAlterConfigs: sets, resets, and adds to and takes from lists (KIP-339).</summary>
internal sealed class IncrementalAlterConfigsHandler(KafkaFace face)
    : KafkaHandler<IncrementalAlterConfigsRequest>(ApiKey.IncrementalAlterConfigs, 0, 1)
{
    private const sbyte Set = 0, Delete = 1, Append = 2, Subtract = 3;

    private readonly ConfigChanges _changes = new(face);

    protected override async ValueTask<KafkaResponse> HandleAsync(IncrementalAlterConfigsRequest request, RequestContext context)
    {
        var response = new IncrementalAlterConfigsResponse();
        foreach (var resources in request.Resources.GroupBy(r => (r.ResourceType, r.ResourceName)))
        {
            var isTwice = resources.Skip(1).Any();
            foreach (var resource in resources)
            {
                var (error, detail) = isTwice
                    ? (KafkaError.InvalidRequest, "Each resource must appear at most once.")
                    : await AlterAsync(resource, request.ValidateOnly, context);
                response.Responses.Add(new Answers.AlterConfigsResourceResponse
                {
                    ResourceType = resource.ResourceType,
                    ResourceName = resource.ResourceName,
                    ErrorCode = (short)error,
                    ErrorMessage = detail,
                });
            }
        }

        return response;
    }

    private async ValueTask<(KafkaError Error, string? Detail)> AlterAsync(
        IncrementalAlterConfigsRequest.AlterConfigsResource resource, bool validateOnly, RequestContext context)
    {
        if (resource.Configs.Find(c => c.Value is null && c.ConfigOperation != Delete) is { } empty)
            return (KafkaError.InvalidRequest, $"Null value not supported for : {empty.Name}");
        if (resource.Configs.GroupBy(c => c.Name, StringComparer.Ordinal).Any(g => g.Skip(1).Any()))
            return (KafkaError.InvalidRequest, "Error due to duplicate config keys");
        if (resource.Configs.Find(c => c.ConfigOperation is < Set or > Subtract) is { } strange)
            return (KafkaError.InvalidRequest, $"Unknown operation type {strange.ConfigOperation} for {strange.Name}");
        var (owner, fault) = _changes.OwnerOf(resource.ResourceType, resource.ResourceName);
        if (fault is not null)
            return (KafkaError.InvalidRequest, fault);
        if (owner is { } found)
            return await AlterAsync(found, resource, validateOnly, context);
        return await _changes.ApplyAsync(
            resource.ResourceType,
            resource.ResourceName,
            validateOnly,
            topic => Decide(() => face.Broker.DescribeConfig(topic), resource),
            context.Ending);
    }

    private async ValueTask<(KafkaError Error, string? Detail)> AlterAsync(
        SettingsOwner owner, IncrementalAlterConfigsRequest.AlterConfigsResource resource, bool validateOnly, RequestContext context)
    {
        IReadOnlyList<ConfigEntry> present;
        try
        {
            var isPlain = resource.Configs.TrueForAll(c => c.ConfigOperation == Set);
            present = isPlain ? [] : await PresentAsync(owner, context.Ending);
        }
        catch (StoreException)
        {
            return (KafkaError.KafkaStorageError, null);
        }

        var wrong = resource.Configs.Find(c => c.ConfigOperation is Append or Subtract
            && present.Any(e => e.Name == c.Name && e.Type != SettingType.List));
        if (wrong is not null)
        {
            var verb = wrong.ConfigOperation == Append ? "append" : "subtract";
            return (KafkaError.InvalidConfig, $"Config value {verb} is not allowed for config key: {wrong.Name}");
        }

        var (changes, _) = Decide(() => present, resource);
        return await _changes.ApplyAsync(owner, changes, replace: false, validateOnly, context.Ending);
    }

    // Of all brokers only what was altered is told; what is added to is that, or the default.
    private async ValueTask<IReadOnlyList<ConfigEntry>> PresentAsync(SettingsOwner owner, CancellationToken cancellationToken)
    {
        if (owner != SettingsOwner.AllBrokers)
            return await face.Broker.DescribeSettingsAsync(owner, cancellationToken);
        var self = new SettingsOwner(SettingsOwnerKind.Brokers, face.Broker.BrokerId.ToString(CultureInfo.InvariantCulture));
        var entries = await face.Broker.DescribeSettingsAsync(self, cancellationToken);
        return [.. entries.Select(e => e with { Value = e.ClusterRunTimeValue ?? e.Default })];
    }

    private static (IReadOnlyDictionary<string, string?> Changes, string? Fault) Decide(
        Func<IReadOnlyList<ConfigEntry>> describe, IncrementalAlterConfigsRequest.AlterConfigsResource resource)
    {
        var changes = new Dictionary<string, string?>(StringComparer.Ordinal);
        IReadOnlyList<ConfigEntry>? present = null;
        foreach (var setting in resource.Configs)
        {
            if (setting.ConfigOperation == Set)
            {
                changes[setting.Name] = setting.Value;
                continue;
            }

            present ??= describe();
            var entry = present.FirstOrDefault(e => e.Name == setting.Name);
            if (setting.ConfigOperation == Delete)
            {
                // As in Kafka, what nobody knows may be reset.
                if (entry is not null)
                    changes[setting.Name] = null;
                continue;
            }

            if (entry is { Type: not SettingType.List })
                return (changes,
                    $"Can't {(setting.ConfigOperation == Append ? "APPEND" : "SUBTRACT")} to key {setting.Name} because its type is not "
                        + "LIST.");

            // A name that nobody knows is refused with the others.
            changes[setting.Name] = Combine(entry?.Value ?? "", setting.Value!, setting.ConfigOperation == Append);
        }

        return (changes, null);
    }

    private static string Combine(string present, string items, bool isAppend)
    {
        var (old, given) = (Items(present), Items(items));
        return string.Join(',', isAppend
            ? old.Concat(given.Except(old, StringComparer.Ordinal))
            : old.Except(given, StringComparer.Ordinal));
    }

    private static string[] Items(string text) => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
