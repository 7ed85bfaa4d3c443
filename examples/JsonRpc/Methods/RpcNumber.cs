// Owns: the arithmetic of the example's methods.

using System.Text.Json;

namespace JsonRpc.Methods;

/// <summary>
/// A JSON number (RFC 8259 §6). A number written as an integer that fits in 64 bits stays an integer, and sums of integers are exact.
/// Every other number, and every result that no longer fits in 64 bits, is an IEEE 754 double.
/// </summary>
internal readonly struct RpcNumber
{
    private readonly bool _isWhole;
    private readonly long _whole;
    private readonly double _real;

    private RpcNumber(long whole) => (_isWhole, _whole, _real) = (true, whole, whole);

    private RpcNumber(double real) => _real = real;

    public static RpcNumber Zero => new(0L);

    /// <summary>
    /// Reads the reader's current number. False if the current token is not a number, or is beyond the range of a double.
    /// </summary>
    public static bool TryRead(in Utf8JsonReader reader, out RpcNumber number)
    {
        number = default;
        if (reader.TokenType != JsonTokenType.Number)
        {
            return false;
        }

        if (reader.TryGetInt64(out var whole))
        {
            number = new RpcNumber(whole);
            return true;
        }

        var read = reader.TryGetDouble(out var real) && double.IsFinite(real);
        number = new RpcNumber(real);
        return read;
    }

    public static RpcNumber Add(RpcNumber left, RpcNumber right)
    {
        var sum = unchecked(left._whole + right._whole);
        var overflows = ((left._whole ^ sum) & (right._whole ^ sum)) < 0;
        return left._isWhole && right._isWhole && !overflows ? new RpcNumber(sum) : new RpcNumber(left._real + right._real);
    }

    public static RpcNumber Subtract(RpcNumber left, RpcNumber right)
    {
        var difference = unchecked(left._whole - right._whole);
        var overflows = ((left._whole ^ right._whole) & (left._whole ^ difference)) < 0;
        return left._isWhole && right._isWhole && !overflows ? new RpcNumber(difference) : new RpcNumber(left._real - right._real);
    }

    /// <summary>Writes the number. False if it exceeds the range of a double: JSON has no infinity.</summary>
    public bool TryWriteTo(Utf8JsonWriter writer)
    {
        if (_isWhole)
        {
            writer.WriteNumberValue(_whole);
            return true;
        }

        if (!double.IsFinite(_real))
        {
            return false;
        }

        writer.WriteNumberValue(_real);
        return true;
    }
}
