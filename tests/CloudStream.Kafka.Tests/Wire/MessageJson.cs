using System.Buffers.Text;
using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using CloudStream.Kafka.Messages;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>
/// Compares a message with the JSON that Kafka's converter makes of the same bytes: every field that the JSON names has the value that it
/// says.
/// </summary>
internal static class MessageJson
{
    /// <summary>Null: equal. Otherwise the path of the first difference.</summary>
    public static string? Difference(object? ours, JsonNode? theirs, string path = "")
    {
        if (ours is null || theirs is null)
            return ours is null && theirs is null ? null : $"{path}: {ours ?? "null"} and {theirs?.ToJsonString() ?? "null"}";
        return theirs switch
        {
            JsonObject members => Members(ours, members, path),
            JsonArray items => Items((IList)ours, items, path),
            _ => Scalar(ours) == theirs.ToString() ? null : $"{path}: {Scalar(ours)} and {theirs.ToJsonString()}",
        };
    }

    private static string? Members(object ours, JsonObject theirs, string path)
    {
        foreach (var (name, value) in theirs)
        {
            var property = ours.GetType().GetProperty(
                char.ToUpperInvariant(name[0]) + name[1..], BindingFlags.Public | BindingFlags.Instance);
            if (property is null)
                return $"{path}.{name}: not there";
            // The converter writes records as nothing or as their size: the bytes tell.
            if (name != "records" && Difference(property.GetValue(ours), value, $"{path}.{name}") is { } difference)
                return difference;
        }

        return null;
    }

    private static string? Items(IList ours, JsonArray theirs, string path)
    {
        if (ours.Count != theirs.Count)
            return $"{path}: {ours.Count} and {theirs.Count} elements";
        for (var i = 0; i < ours.Count; i++)
        {
            if (Difference(ours[i], theirs[i], $"{path}[{i}]") is { } difference)
                return difference;
        }

        return null;
    }

    private static string Scalar(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        Guid id => Base64Url.EncodeToString(id.ToByteArray(bigEndian: true)),
        ReadOnlyMemory<byte> bytes => Convert.ToBase64String(bytes.Span),
        double number => number.ToString("R"),
        _ => value.ToString()!,
    };
}
