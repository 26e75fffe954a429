namespace CloudStream.Storage.Metadata;

/// <summary>Tells one write from every other: 128 random bits chosen by the writer.</summary>
public readonly record struct WriteId(ulong High, ulong Low)
{
    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => $"{High:x16}{Low:x16}";
}
