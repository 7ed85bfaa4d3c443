// Owns: the arithmetic of the example's methods.
// Does not own: where the numbers are in params (RpcArguments).

using System.Text.Json;

namespace JsonRpc.Methods;

/// <summary>
/// A number of JSON (RFC 8259 §6). One written as a whole number that fits in 64 bits stays whole, and sums of such are exact;
/// every other number is an IEEE 754 double, and so is a whole result that no longer fits.
/// </summary>
internal readonly struct RpcNumber
{
    private RpcNumber(long whole) => (_isWhole, _whole, _real) = (true, whole, whole);

    private RpcNumber(double real) => _real = real;

    public static RpcNumber Zero => new(0L);

    /// <summary>
    /// Reads the number the reader stands on. False when it stands on something else, or on a number beyond the range of a double.
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

    /// <summary>Writes the number. Returns false when it grew beyond the range of a double: JSON cannot write infinity.</summary>
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

    private readonly bool _isWhole;
    private readonly long _whole;
    private readonly double _real;
}
