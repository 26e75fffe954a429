namespace CloudStream.Kafka.Generator;

/// <summary>A structure: its name and fields in wire order. A message's body is one, too.</summary>
internal sealed class StructDescription(string name)
{
    public string Name { get; } = name;

    /// <summary>The versions that use the structure.</summary>
    public VersionRange Versions { get; private set; }

    public List<FieldDescription> Fields { get; } = [];

    public bool HasTags => Fields.Any(f => f.IsTagged);

    /// <summary>Says which versions use the structure; its fields exist in no others.</summary>
    public void Narrow(VersionRange versions)
    {
        Versions = versions;
        foreach (var field in Fields)
        {
            field.Versions = field.Versions.Intersect(versions);
            field.Nullable = field.Nullable.Intersect(field.Versions);
        }
    }
}
