namespace CloudStream.Kafka.Generator;

/// <summary>
/// The method that reads a structure: straight through its fields, each under a comparison of the version where it needs one.
/// </summary>
internal sealed class ReadCode(CodeText code, ApiDescription api, MessageDescription message, StructDescription type)
{
    private readonly string _flexible = MessageCode.Flexible(api, type);

    public void Write(string modifier)
    {
        code.Open($"public {modifier}void Read(ref WireReader reader, short version)");
        if (Flexible == "flexible")
            code.Line($"var flexible = {_flexible};");
        foreach (var field in type.Fields.Where(f => !f.IsTagged))
            code.If(field.Versions.Condition(type.Versions), () => Field(field));
        if (_flexible != "false")
            code.If(_flexible == "true" ? null : "flexible", Tags);
        code.Close();
    }

    private string Flexible => _flexible is "true" or "false" ? _flexible : "flexible";

    private string Path(FieldDescription field) => $"\"{type.Name}.{field.Name}\"";

    private void Tags()
    {
        var path = $"\"{type.Name} tagged fields\"";
        if (!type.HasTags)
        {
            code.Line($"reader.SkipTags({path});");
            return;
        }

        code.Open($"for (var tags = reader.ReadTagCount({path}); tags > 0 && !reader.HasFailed; tags--)");
        code.Open($"switch (reader.ReadTag(out var end, {path}))");
        foreach (var field in type.Fields.Where(f => f.IsTagged))
        {
            var when = field.Versions.Condition(api.Flexible.Intersect(type.Versions));
            code.Open($"case {field.Tag}{(when is null ? "" : " when " + when)}:");
            Field(field);
            code.Line($"reader.EndTag(end, {Path(field)});");
            code.Line("break;");
            code.Close();
        }

        code.Line("default: reader.SkipTo(end); break;");
        code.Close();
        code.Close();
    }

    private void Field(FieldDescription field)
    {
        if (field.IsArray)
            Array(field);
        else if (field.Type == FieldType.Struct)
            Struct(field);
        else if (field.Nullable.Condition(field.Versions) is not { } nullable)
            code.Line($"{field.Name} = {Value(field, nullable: true)};");
        else if (nullable == "false")
            code.Line($"{field.Name} = {Value(field, nullable: false)};");
        else
            code.Line($"{field.Name} = {nullable} ? {Value(field, nullable: true)} : {Value(field, nullable: false)};");
    }

    private void Struct(FieldDescription field)
    {
        if (!field.IsNullable)
        {
            code.Line(field.IsAbsentable
                ? $"({field.Name} = new {field.Struct!.Name}()).Read(ref reader, version);"
                : $"{field.Name}.Read(ref reader, version);");
            return;
        }

        var nullable = field.Nullable.Condition(field.Versions);
        code.Open($"if ({(nullable is null ? "" : $"!({nullable}) || ")}reader.ReadPresence({Path(field)}))");
        code.Line($"({field.Name} = new {field.Struct!.Name}()).Read(ref reader, version);");
        code.Close();
        code.Line("else");
        code.Line($"    {field.Name} = null;");
    }

    private void Array(FieldDescription field)
    {
        var classic = type.Versions.Intersect(new VersionRange(0, api.Flexible.IsEmpty ? int.MaxValue : api.Flexible.First - 1));
        var classicLeast = LeastSize.OfElement(field, classic, flexible: false);
        var flexibleLeast = LeastSize.OfElement(field, api.Flexible, flexible: true);
        var least = Flexible == "false" ? $"{classicLeast}"
            : _flexible == "true" ? $"{flexibleLeast}"
            : $"flexible ? {flexibleLeast} : {classicLeast}";
        var nullable = field.Nullable.IsEmpty ? "false" : field.Nullable.Condition(field.Versions) ?? "true";
        code.Open();
        code.Line($"var count = reader.ReadCount({Flexible}, {nullable}, {least}, {Path(field)});");
        if (field.IsNullable)
        {
            code.Open("if (count < 0)");
            code.Line($"{field.Name} = null;");
            code.Close();
            code.Open("else");
        }

        code.Line($"var items = {field.Name} ??= [];");
        code.Line("items.EnsureCapacity(count);");
        code.Open("for (; count > 0 && !reader.HasFailed; count--)");
        Element(field);
        code.Close();
        if (field.IsNullable)
            code.Close();
        code.Close();
    }

    private void Element(FieldDescription field)
    {
        if (field.Struct is null)
        {
            code.Line($"items.Add({Value(field, nullable: false)});");
            return;
        }

        code.Line($"var item = new {field.Struct.Name}();");
        code.Line("item.Read(ref reader, version);");
        code.Line("items.Add(item);");
    }

    private string Value(FieldDescription field, bool nullable)
    {
        if (!CSharpNames.HasLength(field.Type))
            return $"reader.Read{field.Type}({Path(field)})";
        var name = field.Type == FieldType.Records && !message.IsRequest ? "RecordsList" : field.Type.ToString();
        return $"reader.Read{(nullable ? "Nullable" : "")}{name}({Flexible}, {Path(field)})";
    }
}
