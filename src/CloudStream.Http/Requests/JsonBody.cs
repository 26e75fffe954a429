using System.Text.Json;
using CloudStream.Http.Problems;
using Microsoft.AspNetCore.Http;

namespace CloudStream.Http.Requests;

/// <summary>
/// A small JSON object as request body, read strictly: members are taken by name, and what nobody took is refused. Dispose it.
/// </summary>
internal sealed class JsonBody : IDisposable
{
    private const int MaxBytes = 1024 * 1024;

    private readonly JsonDocument _document;
    private readonly string[] _members;

    private JsonBody(JsonDocument document, string[] members)
    {
        _document = document;
        _members = members;
        RefuseUnknown();
    }

    /// <summary>Reads the body.</summary>
    /// <param name="context">The request.</param>
    /// <param name="memory">Where the body is accounted for.</param>
    /// <param name="members">The members that the object may have.</param>
    public static async ValueTask<JsonBody> ReadAsync(HttpContext context, RequestMemory memory, params string[] members)
    {
        ContentTypes.RequireJson(context.Request);
        using var body = await RequestBody.ReadAsync(context, memory, MaxBytes);
        if (body.Memory.IsEmpty)
            throw new RequestRejectedException($"The request body is empty; it must be a JSON object with {string.Join(", ", members)}.");
        JsonText.RequireUtf8(body.Memory.Span, "The request body");
        return new JsonBody(Parse(body.Memory), members);
    }

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
        return value.ValueKind == JsonValueKind.String ? StringOf(name, value) : throw Refuse(name, $"is {Show(value)}; it must be a string");
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

    public void Dispose() => _document.Dispose();

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            // The document outlives the pooled body, so it gets a copy.
            return JsonDocument.Parse(body.ToArray(), new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e) when (e.BytePositionInLine is not null)
        {
            throw new RequestRejectedException($"The request body is not valid JSON at {JsonText.Position(e)}.");
        }
        catch (JsonException)
        {
            throw new RequestRejectedException("The request body gives a field twice.");
        }
    }

    private void RefuseUnknown()
    {
        if (_document.RootElement.ValueKind != JsonValueKind.Object)
            throw new RequestRejectedException($"The request body is {Show(_document.RootElement)}; it must be an object with {string.Join(", ", _members)}.");
        foreach (var member in _document.RootElement.EnumerateObject())
        {
            if (Array.IndexOf(_members, member.Name) < 0)
                throw new RequestRejectedException($"Unknown field \"{Excerpt.Of(member.Name)}\"; the object has {string.Join(", ", _members)}.");
        }
    }

    private bool TryGet(string name, out JsonElement value) => _document.RootElement.TryGetProperty(name, out value);

    private static string? SettingValue(string path, JsonElement value, bool allowNull) => value.ValueKind switch
    {
        JsonValueKind.String => StringOf(path, value),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        JsonValueKind.Null when allowNull => null,
        _ => throw Refuse(path, $"is {Show(value)}; it must be a string{(allowNull ? ", or null to go back to the default" : "")}"),
    };

    private static string StringOf(string path, JsonElement value)
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

    private static RequestRejectedException Refuse(string path, string complaint) => new($"Field \"{Excerpt.Of(path)}\" {complaint}.");
}
