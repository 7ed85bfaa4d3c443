// Owns: taking a field value apart that is a list, RFC 9110 §5.6.1: elements between commas, without the white space around them.
// Does not own: what the elements mean. No list read by the server itself has quoted strings.

namespace TinyHost;

/// <summary>The elements of a list, in order, for a <c>foreach</c>. Empty ones are among them: a recipient must put up with those (§5.6.1.2).</summary>
internal ref struct ListElements(ReadOnlySpan<byte> value)
{
    private ReadOnlySpan<byte> _rest = value;
    private bool _ended;

    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly ListElements GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_ended)
        {
            return false;
        }

        var comma = _rest.IndexOf((byte)',');
        _ended = comma < 0;
        var end = _ended ? _rest.Length : comma;
        Current = Octets.Trim(_rest, 0, end).Of(_rest);
        _rest = _ended ? default : _rest[(end + 1)..];
        return true;
    }
}
