namespace CloudStream.Kafka.Generator;

/// <summary>How fields look in C#: types, defaults, and the names of the reader's and writer's methods.</summary>
internal static class CSharpNames
{
    public static string Element(FieldDescription field) => field.Type switch
    {
        FieldType.Bool => "bool",
        FieldType.Int8 => "sbyte",
        FieldType.Int16 => "short",
        FieldType.UInt16 => "ushort",
        FieldType.Int32 => "int",
        FieldType.UInt32 => "uint",
        FieldType.Int64 => "long",
        FieldType.Float64 => "double",
        FieldType.Uuid => "Guid",
        FieldType.String => "string",
        FieldType.Bytes => "ReadOnlyMemory<byte>",
        _ => field.Struct!.Name,
    };

    public static string Property(FieldDescription field, bool isRequest)
    {
        var type = field.IsArray ? $"List<{Element(field)}>"
            : field.Type != FieldType.Records ? Element(field)
            : isRequest ? "ReadOnlySequence<byte>" : "List<ReadOnlyMemory<byte>>";
        return field.IsNullable || field.IsAbsentable ? type + "?" : type;
    }

    /// <summary>The initializer with its equals sign, or nothing where the runtime's zero is right.</summary>
    public static string Initializer(FieldDescription field, bool isRequest)
    {
        if (field.IsNullByDefault || field.IsAbsentable)
            return "";
        if (field.IsArray)
            return " = [];";
        return field.Type switch
        {
            FieldType.String => $" = {field.Default ?? "\"\""};",
            FieldType.Struct => " = new();",
            FieldType.Bytes when field.IsNullable => " = ReadOnlyMemory<byte>.Empty;",
            FieldType.Records when isRequest => field.IsNullable ? " = ReadOnlySequence<byte>.Empty;" : "",
            FieldType.Records => " = [];",
            _ => field.Default is null ? "" : $" = {field.Default};",
        };
    }

    /// <summary>A C# condition that is true where the field differs from its default.</summary>
    public static string Differs(FieldDescription field, bool isRequest)
    {
        if (field.IsNullByDefault || field.IsAbsentable)
            return $"{field.Name} is not null";
        if (field.IsArray || (field.Type == FieldType.Records && !isRequest))
            return field.IsNullable ? $"{field.Name} is not {{ Count: 0 }}" : $"{field.Name}.Count != 0";
        return field.Type switch
        {
            FieldType.Bool => field.Default == "true" ? $"!{field.Name}" : field.Name,
            FieldType.Uuid => $"{field.Name} != Guid.Empty",
            FieldType.Bytes => field.IsNullable ? $"{field.Name} is not {{ IsEmpty: true }}" : $"!{field.Name}.IsEmpty",
            FieldType.Records => $"{field.Name} is not {{ IsEmpty: true }}",
            FieldType.String => field.Default is null ? $"{field.Name} is not {{ Length: 0 }}" : $"{field.Name} != {field.Default}",
            FieldType.Struct => $"{field.Name} is null",
            _ => $"{field.Name} != {field.Default ?? "0"}",
        };
    }

    /// <summary>The bytes of a value whose length is always the same, or 0.</summary>
    public static int FixedBytes(FieldDescription field) => field.IsArray ? 0 : field.Type switch
    {
        FieldType.Bool or FieldType.Int8 => 1,
        FieldType.Int16 or FieldType.UInt16 => 2,
        FieldType.Int32 or FieldType.UInt32 => 4,
        FieldType.Int64 or FieldType.Float64 => 8,
        FieldType.Uuid => 16,
        _ => 0,
    };

    public static bool HasLength(FieldType type) => type is FieldType.String or FieldType.Bytes or FieldType.Records;
}
