using System.Globalization;
using System.Text.Json;
using CloudStream.Http.Problems;

namespace CloudStream.Http.Requests;

/// <summary>A JSON object, read strictly: whatever is wrong is named with its path and its limits.</summary>
internal class JsonFields
{
    private readonly JsonElement _object;
    private readonly string _prefix;
    private readonly string[] _members;

    /// <param name="element">The object.</param>
    /// <param name="prefix">The path to it with a dot at its end; empty for the body itself.</param>
    /// <param name="members">The members that it may have.</param>
    protected JsonFields(JsonElement element, string prefix, string[] members)
    {
        (_object, _prefix, _members) = (element, prefix, members);
        RefuseUnknown();
    }

    /// <summary>Whether the member is there.</summary>
    public bool Has(string name) => TryGet(name, out _);

    /// <summary>An integer; null when it is absent.</summary>
    public long? Integer(string name, long min, long max)
    {
        if (!TryGet(name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number) || number < min || number > max)
            throw Refuse(name, $"is {Show(value)}; it must be an integer from {min} to {max}");
        return number;
    }

    /// <summary>A string; null when it is absent.</summary>
    public string? Text(string name)
    {
        if (!TryGet(name, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String
            ? StringOf(name, value)
            : throw Refuse(name, $"is {Show(value)}; it must be a string");
    }

    /// <summary>A boolean.</summary>
    public bool Flag(string name, bool otherwise) => !TryGet(name, out var value) ? otherwise : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Refuse(name, $"is {Show(value)}; it must be true or false"),
    };

    /// <summary>Milliseconds as a number, or text such as <c>500ms</c> or <c>2s</c>.</summary>
    public TimeSpan Duration(string name, TimeSpan max, TimeSpan otherwise)
    {
        if (!TryGet(name, out var value))
            return otherwise;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var ms) && ms >= 0 && ms <= max.TotalMilliseconds)
            return TimeSpan.FromMilliseconds(ms);
        if (value.ValueKind == JsonValueKind.String && DurationText.TryParse(StringOf(name, value), max, out var duration))
            return duration;
        throw Refuse(name, $"is {Show(value)}; it must be 0 to {max.TotalMilliseconds} milliseconds, such as 500, \"500ms\" or \"2s\"");
    }

    /// <summary>Milliseconds since 1970 as a number or text, or ISO 8601; null when it is absent.</summary>
    public long? Timestamp(string name)
    {
        if (!TryGet(name, out var value))
            return null;
        var text = value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var number) => number.ToString(CultureInfo.InvariantCulture),
            JsonValueKind.String => StringOf(name, value),
            _ => "",
        };
        return TimestampText.TryParse(text, out var milliseconds)
            ? milliseconds
            : throw new RequestRejectedException(TimestampText.Complaint($"Field \"{_prefix}{name}\"", Show(value)));
    }

    /// <summary>An array of strings; null when it is absent.</summary>
    public List<string>? Texts(string name)
    {
        if (!TryGet(name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.String))
            throw Refuse(name, $"is {Show(value)}; it must be an array of strings");
        return [.. value.EnumerateArray().Select(v => StringOf(name, v))];
    }

    /// <summary>An array of objects; null when it is absent.</summary>
    public List<JsonFields>? Objects(string name, params string[] members)
    {
        if (!TryGet(name, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw Refuse(name, $"is {Show(value)}; it must be an array of objects");
        return [.. value.EnumerateArray().Select((element, i) => new JsonFields(element, $"{_prefix}{name}[{i}].", members))];
    }

    /// <summary>An object of settings; empty when it is absent. Numbers and booleans stand for their text.</summary>
    public Dictionary<string, string?> Settings(string name, bool allowNull)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (!TryGet(name, out var value))
            return settings;
        if (value.ValueKind != JsonValueKind.Object)
            throw Refuse(name, $"is {Show(value)}; it must be an object of settings");
        foreach (var setting in value.EnumerateObject())
            settings.Add(setting.Name, SettingValue($"{name}.{setting.Name}", setting.Value, allowNull));
        return settings;
    }

    /// <summary>The complaint that a member that must be there is not.</summary>
    public RequestRejectedException Missing(string name) => new($"Field \"{_prefix}{name}\" is missing.");

    private void RefuseUnknown()
    {
        var what = _prefix.Length == 0 ? "The request body" : $"Field \"{_prefix.TrimEnd('.')}\"";
        if (_object.ValueKind != JsonValueKind.Object)
            throw new RequestRejectedException($"{what} is {Show(_object)}; it must be an object with {string.Join(", ", _members)}.");
        foreach (var member in _object.EnumerateObject())
        {
            if (Array.IndexOf(_members, member.Name) < 0)
                throw new RequestRejectedException(
                    $"Unknown field \"{Excerpt.Of(_prefix + member.Name)}\"; the object has {string.Join(", ", _members)}.");
        }
    }

    private bool TryGet(string name, out JsonElement value) => _object.TryGetProperty(name, out value);

    private string? SettingValue(string path, JsonElement value, bool allowNull) => value.ValueKind switch
    {
        JsonValueKind.String => StringOf(path, value),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Null when allowNull => null,
        _ => throw Refuse(path, $"is {Show(value)}; it must be a string{(allowNull ? ", or null to go back to the default" : "")}"),
    };

    private string StringOf(string path, JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse(path, "has half a surrogate pair (\\ud800 to \\udfff), which is no text");
        }
    }

    private static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.Null => "null",
        _ => Excerpt.Of(value.GetRawText()),
    };

    private RequestRejectedException Refuse(string path, string complaint) => new($"Field \"{Excerpt.Of(_prefix + path)}\" {complaint}.");
}
