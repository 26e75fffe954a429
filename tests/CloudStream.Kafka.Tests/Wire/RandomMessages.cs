using System.Buffers;
using System.Collections;
using System.Reflection;
using CloudStream.Kafka.Messages;
using CloudStream.Kafka.Wire;

namespace CloudStream.Kafka.Tests.Wire;

/// <summary>
/// Messages filled at random with everything that a version can carry: a value that the writer refuses for the version is taken back.
/// </summary>
internal sealed class RandomMessages(Random random, short version)
{
    private static readonly NullabilityInfoContext s_nullability = new();

    public KafkaMessage Fill(KafkaMessage message)
    {
        FillFields(message);
        return message;
    }

    private void FillFields(object target)
    {
        foreach (var property in target.GetType().GetProperties().Where(p => p.CanWrite && p.Name != "Owner"))
        {
            var kept = property.GetValue(target);
            property.SetValue(target, Value(property));
            if (!CanBeWritten(target))
                property.SetValue(target, kept);
        }
    }

    // The type of the field is always nullable where some version allows null; then one in five is.
    private object? Value(PropertyInfo property)
    {
        bool nullable;
        lock (s_nullability)
            nullable = s_nullability.Create(property).WriteState == NullabilityState.Nullable;
        return nullable && random.Next(5) == 0 ? null : Value(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
    }

    private object Value(Type type)
    {
        if (type == typeof(string))
            return new string(
                [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(9) == 0 ? 'é' : (char)random.Next('a', 'z'))]);
        if (type == typeof(bool))
            return random.Next(2) == 0;
        if (type == typeof(Guid))
            return new Guid(Bytes(16));
        if (type == typeof(double))
            return random.NextDouble();
        if (type == typeof(ReadOnlyMemory<byte>))
            return new ReadOnlyMemory<byte>(Bytes(random.Next(20)));
        if (type == typeof(ReadOnlySequence<byte>))
            return ReadOnlySequence<byte>.Empty;
        if (type == typeof(List<ReadOnlyMemory<byte>>))
            return new List<ReadOnlyMemory<byte>>();
        return type.IsValueType ? Number(type) : type.IsGenericType ? Items(type) : Struct(type);
    }

    private object Number(Type type)
    {
        var value = random.Next(3) == 0 ? random.NextInt64() : random.Next(1000);
        return Type.GetTypeCode(type) switch
        {
            TypeCode.SByte => (sbyte)value,
            TypeCode.Int16 => (short)value,
            TypeCode.UInt16 => (ushort)value,
            TypeCode.Int32 => (int)value,
            TypeCode.UInt32 => (uint)value,
            _ => (object)value,
        };
    }

    private IList Items(Type type)
    {
        var items = (IList)Activator.CreateInstance(type)!;
        for (var count = random.Next(4); count > 0; count--)
            items.Add(Value(type.GetGenericArguments()[0]));
        return items;
    }

    private object Struct(Type type)
    {
        var value = Activator.CreateInstance(type)!;
        FillFields(value);
        return value;
    }

    private byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private bool CanBeWritten(object target)
    {
        using var writer = new WireWriter();
        try
        {
            var write = target.GetType().GetMethod("Write")!.CreateDelegate<Action<WireWriter, short>>(target);
            write(writer, version);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
