namespace CloudStream.Kafka.Wire;

/// <summary>What made bytes unreadable.</summary>
internal enum WireFailureReason
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A value needs more bytes than are left.</summary>
    TooShort,

    /// <summary>A length or count is larger than what is left, or than any message may have.</summary>
    TooLong,

    /// <summary>Null, where the version does not allow it.</summary>
    Null,

    /// <summary>A variable-length integer of more than five bytes or 32 bits.</summary>
    BadVarint,

    /// <summary>A tagged field's content does not end where its size says.</summary>
    BadTagSize,
}
