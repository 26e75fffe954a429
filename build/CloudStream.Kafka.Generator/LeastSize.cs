namespace CloudStream.Kafka.Generator;

/// <summary>The fewest bytes that an element can take: what a count is checked against before room for the elements is made.</summary>
internal static class LeastSize
{
    public static int OfElement(FieldDescription field, VersionRange versions, bool flexible) =>
        field.Struct is { } type ? Math.Max(1, OfStruct(type, versions, flexible)) : OfValue(field, flexible);

    private static int OfStruct(StructDescription type, VersionRange versions, bool flexible)
    {
        var within = type.Versions.Intersect(versions);
        var bytes = flexible ? 1 : 0;
        foreach (var field in type.Fields)
        {
            if (field.IsTagged || !field.Versions.Covers(within))
                continue;
            if (field.IsArray)
                bytes += flexible ? 1 : 4;
            else if (field.Struct is { } inner)
                bytes += field.IsNullable ? 1 : OfStruct(inner, versions, flexible);
            else
                bytes += OfValue(field, flexible);
        }

        return bytes;
    }

    private static int OfValue(FieldDescription field, bool flexible)
    {
        if (CSharpNames.HasLength(field.Type))
            return flexible ? 1 : field.Type == FieldType.String ? 2 : 4;
        return field.Type switch
        {
            FieldType.Bool or FieldType.Int8 => 1,
            FieldType.Int16 or FieldType.UInt16 => 2,
            FieldType.Int32 or FieldType.UInt32 => 4,
            FieldType.Uuid => 16,
            _ => 8,
        };
    }
}
