namespace CloudStream.Kafka.Generator;

/// <summary>One field of a message or of a structure in it, as its line describes it.</summary>
internal sealed class FieldDescription
{
    public string Name { get; set; } = "";

    public FieldType Type { get; set; }

    public bool IsArray { get; set; }

    /// <summary>The structure that the field holds, or that the elements of the array are.</summary>
    public StructDescription? Struct { get; set; }

    /// <summary>The versions that carry the field.</summary>
    public VersionRange Versions { get; set; }

    /// <summary>The versions in which the field may be null.</summary>
    public VersionRange Nullable { get; set; } = VersionRange.None;

    /// <summary>The number of a tagged field, or -1.</summary>
    public int Tag { get; set; } = -1;

    /// <summary>The default as written, or null where it is the type's own.</summary>
    public string? Default { get; set; }

    /// <summary>A value that differs from the default is left out silently in versions without the field.</summary>
    public bool IsIgnorable { get; set; }

    public bool IsTagged => Tag >= 0;

    public bool IsNullable => !Nullable.IsEmpty;

    public bool IsNullByDefault => Default == "null";

    /// <summary>A tagged structure is null where it is absent, so that a message without it costs no allocation.</summary>
    public bool IsAbsentable => IsTagged && Struct is not null && !IsArray;
}
