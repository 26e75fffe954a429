using CloudStream.Storage.Formats;

namespace CloudStream.Storage.Objects;

/// <summary>An <see cref="Objects.ObjectRef"/> (a reference) inside our formats: kind 1, born varint, id 8.</summary>
public static class ObjectRefFormat
{
    /// <summary>Fewest bytes that a reference takes.</summary>
    public const int MinBytes = 10;

    /// <summary>Writes a reference.</summary>
    public static void ObjectRef(this FormatWriter writer, ObjectRef value)
    {
        writer.Byte((byte)value.Kind);
        writer.Count(value.Born);
        writer.UInt64(value.Id);
    }

    /// <summary>Reads a reference.</summary>
    public static ObjectRef ObjectRef(this ref FormatReader reader)
    {
        var kind = (ObjectKind)reader.Byte();
        if (!Enum.IsDefined(kind))
            throw reader.Corrupt($"no object is of kind {(byte)kind}");
        return new ObjectRef(kind, reader.Count(), reader.UInt64());
    }
}
