namespace CloudStream.Kafka.Generator;

/// <summary>What a description must keep to so that code can be made from it.</summary>
internal static class DescriptionRules
{
    public static void Check(ApiDescription api, MessageDescription message, int line)
    {
        foreach (var type in message.Structs)
        {
            if (type.Fields.Count == 0)
                throw new DescriptionException(line, $"{message.Body.Name}: the structure {type.Name} has no fields");
            if (message.Body.Fields.Any(f => f.Name == type.Name))
                throw new DescriptionException(line, $"{message.Body.Name}: a field and a structure are both named {type.Name}");
        }

        foreach (var type in message.Structs.Concat([message.Body]))
        {
            foreach (var field in type.Fields)
                Check(api, type, field, line);
        }
    }

    private static void Check(ApiDescription api, StructDescription type, FieldDescription field, int line)
    {
        var name = $"{type.Name}.{field.Name}";
        if (field.Name == type.Name)
            throw new DescriptionException(line, $"{name}: a field cannot have its structure's name");
        if (type.Fields.Count(f => f.Name == field.Name) > 1)
            throw new DescriptionException(line, $"{name} is there twice");
        if (field.IsTagged && !api.Flexible.Covers(field.Versions))
            throw new DescriptionException(line, $"{name}: a tagged field exists in flexible versions only");
        if (field.IsTagged && type.Fields.Count(f => f.Tag == field.Tag) > 1)
            throw new DescriptionException(line, $"{name}: tag {field.Tag} is taken");
        if (field.IsAbsentable && field.IsNullable)
            throw new DescriptionException(line, $"{name}: a tagged structure cannot be nullable");
        if (field.Type == FieldType.Records && (field.IsArray || field.IsTagged))
            throw new DescriptionException(line, $"{name}: records are neither tagged nor in arrays");
        if (field.IsNullByDefault && !field.IsNullable)
            throw new DescriptionException(line, $"{name}: null by default, and null in no version");
    }
}
