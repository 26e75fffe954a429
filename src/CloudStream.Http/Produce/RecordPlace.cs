namespace CloudStream.Http.Produce;

/// <summary>Which record of a request is meant; becomes text only in complaints.</summary>
internal readonly record struct RecordPlace
{
    private readonly long _number;
    private readonly Kind _kind;

    private RecordPlace(Kind kind, long number)
    {
        _kind = kind;
        _number = number;
    }

    private enum Kind
    {
        Only,
        Item,
        Line,
    }

    /// <summary>The request's only record.</summary>
    public static RecordPlace Only => default;

    /// <summary>A record of the array <c>records</c>, from 0.</summary>
    public static RecordPlace Item(int index) => new(Kind.Item, index);

    /// <summary>A line, from 1.</summary>
    public static RecordPlace Line(long line) => new(Kind.Line, line);

    /// <summary>Path of a member of the record.</summary>
    public string Path(string member) => _kind == Kind.Item ? $"{this}.{member}" : member;

    public override string ToString() => _kind switch
    {
        Kind.Item => $"records[{_number}]",
        Kind.Line => $"line {_number}",
        _ => "the record",
    };
}
