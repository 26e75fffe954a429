using System.Buffers;
using System.Collections;
using System.Reflection;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Tests.Hosting;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Bounds;

/// <summary>
/// Requests of every kind and version that a broker takes, or nearly, made from their descriptions: every list has an item, every structure
/// is there, names are those of things that exist.
/// </summary>
/// <param name="topic">A topic that exists.</param>
/// <param name="topicId">Its id.</param>
internal sealed class PlausibleRequests(string topic, Guid topicId)
{
    private int _names;

    /// <summary>Whose member a request speaks for; null: each request is about a group of its own.</summary>
    public (string Group, string Member, int Generation)? Member { get; set; }

    public KafkaRequest Make(KafkaApi api, short version)
    {
        _names++;
        var request = api.NewRequest();
        Fill(request, version);
        return request;
    }

    private void Fill(object target, short version)
    {
        foreach (var property in target.GetType().GetProperties().Where(static p => p.CanWrite))
        {
            var kept = property.GetValue(target);
            if (Value(property, property.PropertyType, version) is { } value)
                property.SetValue(target, value);
            if (!CanBeWritten(target, version))
                property.SetValue(target, kept);
        }
    }

    // Null: as it is by default.
    private object? Value(PropertyInfo property, Type type, short version)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
            return Text(property);
        if (type == typeof(Guid))
            return topicId;
        if (type == typeof(ReadOnlySequence<byte>))
            return new ReadOnlySequence<byte>(Ask.Batch("value"));
        if (type == typeof(ReadOnlyMemory<byte>))
            return new ReadOnlyMemory<byte>(
                property.Name == "Metadata" ? [0, 0, 0, 0, 0, 0, 255, 255, 255, 255] : [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        if (type == typeof(bool))
            return null;
        if (type.IsPrimitive)
            return Number(property) is { } number ? Convert.ChangeType(number, type) : null;
        if (type.IsGenericType)
            return Items(property, type, version);
        if (!type.IsClass)
            return null;
        var value = Activator.CreateInstance(type)!;
        Fill(value, version);
        return value;
    }

    private IList Items(PropertyInfo property, Type type, short version)
    {
        var items = (IList)Activator.CreateInstance(type)!;
        var item = type.GetGenericArguments()[0];
        items.Add(Value(property, item, version) ?? Activator.CreateInstance(item));
        return items;
    }

    private string? Text(PropertyInfo property) => (property.DeclaringType!.Name, property.Name) switch
    {
        (_, "GroupInstanceId" or "TransactionalId" or "ClusterId" or "RackId" or "Reason") => null,
        (_, "GroupId" or "GroupsNames" or "Groups" or "Key" or "CoordinatorKeys") => Member?.Group ?? $"group-{_names}",
        (_, "MemberId") => Member?.Member,
        (_, "ProtocolType") => "consumer",
        ("CreatableTopic", "Name") => $"new-{_names}",
        ("DeleteTopicState", _) or (_, "TopicNames") => "gone",
        (_, "ConfigurationKeys") or ("AlterableConfig" or "CreatableTopicConfig", "Name") => "retention.ms",
        ("AlterableConfig" or "CreatableTopicConfig", "Value") => "604800000",
        (_, "ProtocolName") or ("JoinGroupRequestProtocol", "Name") => "range",
        _ => topic,
    };

    private long? Number(PropertyInfo property) => property.Name switch
    {
        "Acks" => -1,
        "TimeoutMs" or "SessionTimeoutMs" or "RebalanceTimeoutMs" => 30_000,
        "MaxBytes" or "PartitionMaxBytes" => 1_000_000,
        "NumPartitions" or "ReplicationFactor" or "Timestamp" => -1,
        "Count" or "ResponsePartitionLimit" => 1,
        "ResourceType" => 2,
        "GenerationId" or "GenerationIdOrMemberEpoch" => Member?.Generation,
        _ => null,
    };

    private static bool CanBeWritten(object target, short version)
    {
        using var writer = new WireWriter();
        try
        {
            target.GetType().GetMethod("Write")!.CreateDelegate<Action<WireWriter, short>>(target)(writer, version);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
