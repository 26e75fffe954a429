namespace CloudStream.Kafka.Generator;

/// <summary>What a field, or an element of an array, is on the wire.</summary>
internal enum FieldType
{
    Bool,
    Int8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Struct,
}
