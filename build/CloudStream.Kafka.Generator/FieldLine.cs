namespace CloudStream.Kafka.Generator;

/// <summary>Reads one field's line: <c>Name type [versions] [tag N] [default X] [ignorable]</c>.</summary>
internal static class FieldLine
{
    private static readonly Dictionary<string, FieldType> s_types = new(StringComparer.Ordinal)
    {
        ["bool"] = FieldType.Bool, ["int8"] = FieldType.Int8, ["int16"] = FieldType.Int16, ["uint16"] = FieldType.UInt16,
        ["int32"] = FieldType.Int32, ["uint32"] = FieldType.UInt32,
        ["int64"] = FieldType.Int64, ["float64"] = FieldType.Float64, ["uuid"] = FieldType.Uuid, ["string"] = FieldType.String,
        ["bytes"] = FieldType.Bytes, ["records"] = FieldType.Records,
    };

    /// <summary>The field, and the name of its structure where its type is none of the wire's own.</summary>
    public static (FieldDescription Field, string? StructName) Parse(string text, int line, VersionRange api)
    {
        var words = text.Split([' '], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 2)
            throw new DescriptionException(line, "a field is a name and a type");
        var field = new FieldDescription { Name = words[0], Versions = api };
        var next = 2;
        if (words.Length > 2 && VersionRange.TryParse(words[2], out var versions))
        {
            field.Versions = versions.Intersect(api);
            next = 3;
        }

        if (field.Versions.IsEmpty)
            throw new DescriptionException(line, $"no version of the API has the field {field.Name}");
        var structName = ParseType(field, words[1], line);
        ParseOptions(field, words, next, line);
        return (field, structName);
    }

    private static string? ParseType(FieldDescription field, string text, int line)
    {
        var question = text.IndexOf('?');
        if (question >= 0)
        {
            var nullable = new VersionRange(0, int.MaxValue);
            if (question + 1 < text.Length && !VersionRange.TryParse(text.Substring(question + 1), out nullable))
                throw new DescriptionException(line, $"'{text}': what follows the question mark is a range of versions");
            field.Nullable = nullable.Intersect(field.Versions);
            text = text.Substring(0, question);
        }

        field.IsArray = text.StartsWith("[", StringComparison.Ordinal) && text.EndsWith("]", StringComparison.Ordinal);
        if (field.IsArray)
            text = text.Substring(1, text.Length - 2);
        if (s_types.TryGetValue(text, out var type))
        {
            field.Type = type;
            return null;
        }

        if (text.Length == 0 || !char.IsUpper(text[0]))
            throw new DescriptionException(line, $"no type '{text}'; a structure's name begins with a capital");
        field.Type = FieldType.Struct;
        return text;
    }

    private static void ParseOptions(FieldDescription field, string[] words, int next, int line)
    {
        for (; next < words.Length; next++)
        {
            switch (words[next])
            {
                case "ignorable":
                    field.IsIgnorable = true;
                    break;
                case "tag" when next + 1 < words.Length && int.TryParse(words[next + 1], out var tag) && tag >= 0:
                    field.Tag = tag;
                    next++;
                    break;
                case "default" when next + 1 < words.Length:
                    field.Default = words[++next];
                    break;
                default:
                    throw new DescriptionException(line, $"'{words[next]}' is not understood here");
            }
        }
    }
}
