namespace CloudStream.Kafka.Generator;

/// <summary>
/// The method that writes a structure. A value that the version cannot carry and that may not be dropped is a defect of the caller.
/// </summary>
internal sealed class WriteCode(CodeText code, ApiDescription api, MessageDescription message, StructDescription type)
{
    private readonly string _flexible = MessageCode.Flexible(api, type);

    public void Write(string modifier)
    {
        code.Open($"public {modifier}void Write(WireWriter writer, short version)");
        if (Flexible == "flexible")
            code.Line($"var flexible = {_flexible};");
        foreach (var field in type.Fields)
        {
            if (!field.IsTagged)
                code.If(field.Versions.Condition(type.Versions), () => Field(field, "writer"));
            if (!field.IsIgnorable && !field.Versions.Covers(type.Versions))
                Refuse(field);
        }

        if (_flexible != "false")
            code.If(_flexible == "true" ? null : "flexible", Tags);
        code.Close();
    }

    private string Flexible => _flexible is "true" or "false" ? _flexible : "flexible";

    private string Path(FieldDescription field) => $"\"{type.Name}.{field.Name}\"";

    private void Refuse(FieldDescription field)
    {
        var differs = CSharpNames.Differs(field, message.IsRequest);
        code.Line($"if (!({field.Versions.Condition(type.Versions)}) && {differs})");
        code.Line($"    throw WireWriter.NotInVersion({Path(field)}, version);");
    }

    private void Tags()
    {
        if (!type.HasTags)
        {
            code.Line("writer.WriteUnsignedVarint(0);");
            return;
        }

        var tagged = type.Fields.Where(f => f.IsTagged).OrderBy(f => f.Tag).ToList();
        code.Line("var tags = 0u;");
        foreach (var field in tagged)
            code.Line($"if ({Present(field)}) tags++;");
        code.Line("writer.WriteUnsignedVarint(tags);");
        foreach (var field in tagged)
            code.If(Present(field), () => Tag(field));
    }

    private string Present(FieldDescription field)
    {
        var when = field.Versions.Condition(api.Flexible.Intersect(type.Versions));
        return (when is null ? "" : when + " && ") + CSharpNames.Differs(field, message.IsRequest);
    }

    private void Tag(FieldDescription field)
    {
        var size = CSharpNames.FixedBytes(field);
        if (size > 0)
        {
            code.Line($"writer.WriteTag({field.Tag}, {size});");
            Field(field, "writer");
            return;
        }

        code.Open();
        code.Line($"var tag = writer.BeginTag({field.Tag});");
        Field(field, "tag");
        code.Line("writer.EndTag(tag);");
        code.Close();
    }

    private void Field(FieldDescription field, string writer)
    {
        var nullable = field.Nullable.IsEmpty ? "false" : field.Nullable.Condition(field.Versions) ?? "true";
        if (field.IsArray)
            Array(field, writer, nullable);
        else if (field.Type == FieldType.Struct)
            Struct(field, writer, nullable);
        else if (!CSharpNames.HasLength(field.Type))
            code.Line($"{writer}.Write{field.Type}({field.Name});");
        else
            code.Line($"{writer}.Write{field.Type}({field.Name}, {Flexible}, {nullable}, {Path(field)});");
    }

    private void Struct(FieldDescription field, string writer, string nullable)
    {
        if (nullable == "false")
        {
            code.Line($"{field.Name}.Write({writer}, version);");
            return;
        }

        if (nullable == "true")
            code.Line($"{writer}.WritePresence({field.Name} is not null);");
        else
            code.Line($"if ({nullable}) {writer}.WritePresence({field.Name} is not null);");
        code.Line($"{field.Name}?.Write({writer}, version);");
    }

    private void Array(FieldDescription field, string writer, string nullable)
    {
        var items = field.IsNullable ? field.Name + "!" : field.Name;
        var count = field.IsNullable ? $"{field.Name}?.Count ?? -1" : $"{field.Name}.Count";
        code.Line($"{writer}.WriteCount({count}, {Flexible}, {nullable}, {Path(field)});");
        code.Open($"for (var i = 0; i < {(field.IsNullable ? $"({field.Name}?.Count ?? 0)" : count)}; i++)");
        if (field.Struct is not null)
            code.Line($"{items}[i].Write({writer}, version);");
        else if (CSharpNames.HasLength(field.Type))
            code.Line($"{writer}.Write{field.Type}({items}[i], {Flexible}, false, {Path(field)});");
        else
            code.Line($"{writer}.Write{field.Type}({items}[i]);");
        code.Close();
    }
}
