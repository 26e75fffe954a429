namespace CloudStream.Kafka.Generator;

/// <summary>
/// Reads the description of one API: a line <c>api KEY Name versions A-B [flexible C+]</c>, then <c>request</c> and <c>response</c>, each
/// followed by its fields. The fields of a structure stand below the field that first uses it, indented by two more spaces; later uses name
/// it only. <c>#</c> begins a comment.
/// </summary>
internal sealed class DescriptionParser
{
    private readonly Dictionary<string, StructDescription> _structs = new(StringComparer.Ordinal);
    private readonly List<(int Indent, StructDescription Struct)> _open = [];
    private ApiDescription? _api;
    private MessageDescription? _message;
    private StructDescription? _deeper;

    public static ApiDescription Parse(IEnumerable<string> lines)
    {
        var parser = new DescriptionParser();
        var number = 0;
        foreach (var line in lines)
            parser.Line(line, number++);
        if (parser._api is null)
            throw new DescriptionException(0, "the first line is: api KEY Name versions A-B [flexible C+]");
        foreach (var message in new[] { parser._api.Request, parser._api.Response })
        {
            message.Narrow(parser._api.Versions);
            DescriptionRules.Check(parser._api, message, Math.Max(0, number - 1));
        }

        return parser._api;
    }

    private void Line(string line, int number)
    {
        var comment = line.IndexOf('#');
        var text = (comment < 0 ? line : line.Substring(0, comment)).TrimEnd();
        if (text.Length == 0)
            return;
        var indent = text.Length - text.TrimStart().Length;
        text = text.TrimStart();
        if (_api is null)
            _api = Api(text, number);
        else if (indent == 0)
            Begin(text, number);
        else
            Field(text, indent, number);
    }

    private static ApiDescription Api(string text, int line)
    {
        var words = text.Split([' '], StringSplitOptions.RemoveEmptyEntries);
        var flexible = VersionRange.None;
        var good = words.Length is 5 or 7 && words[0] == "api" && words[3] == "versions";
        good = good && (words.Length == 5
            || (words[5] == "flexible" && VersionRange.TryParse(words[6], out flexible) && flexible.Last == int.MaxValue));
        if (!good || !int.TryParse(words[1], out var key) || !VersionRange.TryParse(words[4], out var versions))
            throw new DescriptionException(line, "expected: api KEY Name versions A-B [flexible C+]");
        return new ApiDescription(key, words[2], versions, flexible.Intersect(versions));
    }

    private void Begin(string text, int line)
    {
        _message = text switch
        {
            "request" => _api!.Request,
            "response" => _api!.Response,
            _ => throw new DescriptionException(line, $"expected 'request' or 'response', found '{text}'"),
        };
        _structs.Clear();
        _open.Clear();
        _deeper = _message.Body;
    }

    private void Field(string text, int indent, int line)
    {
        if (_message is null)
            throw new DescriptionException(line, "a field before 'request' or 'response'");
        var (field, structName) = FieldLine.Parse(text, line, _api!.Versions);
        Owner(indent, line).Fields.Add(field);
        if (structName is null)
            return;
        if (_structs.TryGetValue(structName, out var known))
        {
            field.Struct = known;
            return;
        }

        field.Struct = _deeper = new StructDescription(structName);
        _structs.Add(structName, field.Struct);
        _message.Structs.Add(field.Struct);
    }

    private StructDescription Owner(int indent, int line)
    {
        while (_open.Count > 0 && _open[_open.Count - 1].Indent > indent)
            _open.RemoveAt(_open.Count - 1);
        var current = _open.Count == 0 ? 0 : _open[_open.Count - 1].Indent;
        if (indent == current + 2 && _deeper is not null)
            _open.Add((indent, _deeper));
        else if (indent != current)
            throw new DescriptionException(line, $"indented by {indent}: fields stand two deeper than the structure's first use");
        _deeper = null;
        return _open[_open.Count - 1].Struct;
    }
}
