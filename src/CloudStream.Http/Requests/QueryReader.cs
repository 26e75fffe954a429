using System.Globalization;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Requests;

/// <summary>Reads query parameters and route values strictly; whatever is wrong is named with its limits.</summary>
internal readonly struct QueryReader(HttpContext context)
{
    /// <summary>The one query parameter whose escapes may stand for any bytes: a record's key.</summary>
    public const string Key = "key";

    /// <summary>The topic of the route.</summary>
    public string Topic => (string)context.Request.RouteValues["topic"]!;

    /// <summary>The group of the route. A slash in its name stays escaped on the way here, as routing has no other place for it.</summary>
    public string Group => ((string)context.Request.RouteValues["group"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The group member of the route.</summary>
    public string Member => (string)context.Request.RouteValues["member"]!;

    /// <summary>The partition of the route.</summary>
    public int Partition => ParsePartition("The partition in the path", (string)context.Request.RouteValues["partition"]!);

    public string? Text(string name) => context.Request.Query.TryGetValue(name, out var values) ? values[0] ?? "" : null;

    public int? OptionalPartition(string name) => Text(name) is { } text ? ParsePartition(Name(name), text) : null;

    public long? OptionalInteger(string name, long min, long max) =>
        Text(name) is { } text ? ParseInteger(Name(name), text, min, max) : null;

    public int Integer(string name, int min, int max, int otherwise) => (int)(OptionalInteger(name, min, max) ?? otherwise);

    public bool Flag(string name) => Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        var text => throw new RequestRejectedException($"{Name(name)} is \"{Excerpt.Of(text)}\"; it must be true or false."),
    };

    /// <summary>Milliseconds (<c>500</c>, <c>500ms</c>) or seconds (<c>2s</c>).</summary>
    public TimeSpan Duration(string name, TimeSpan max)
    {
        if (Text(name) is not { } text)
            return TimeSpan.Zero;
        return DurationText.TryParse(text, max, out var duration)
            ? duration
            : throw new RequestRejectedException(
                $"{Name(name)} is \"{Excerpt.Of(text)}\"; it must be 0 to {max.TotalMilliseconds} milliseconds, such as 500, 500ms or 2s.");
    }

    /// <summary>Milliseconds since the Unix epoch or ISO 8601 with an offset from UTC.</summary>
    public long? Timestamp(string name) => Text(name) is { } text
        ? TimestampText.TryParse(text, out var milliseconds)
            ? milliseconds
            : throw new RequestRejectedException(TimestampText.Complaint(Name(name), text))
        : null;

    private static string Name(string name) => $"Query parameter \"{name}\"";

    private static int ParsePartition(string what, string text) => (int)ParseInteger(what, text, 0, int.MaxValue);

    private static long ParseInteger(string what, string text, long min, long max)
    {
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            throw new RequestRejectedException($"{what} is \"{Excerpt.Of(text)}\"; it must be an integer from {min} to {max}.");
        if (value < min || value > max)
            throw new RequestRejectedException($"{what} is {value}; it must be {min} to {max}.");
        return value;
    }
}
