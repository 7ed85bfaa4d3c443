namespace TinyHost.Metrics.Tests.Recording;

public sealed class TagSetTests
{
    private static KeyValuePair<string, object?>[] Tags(params (string Name, object? Value)[] tags) =>
        [.. tags.Select(tag => new KeyValuePair<string, object?>(tag.Name, tag.Value))];

    private static int Hash(KeyValuePair<string, object?>[] tags)
    {
        Assert.True(TagHash.TryHash(tags, out var hash));
        return (int)(hash ^ (hash >> 32));
    }

    [Fact]
    public void Equal_sets_have_equal_hashes_in_every_order()
    {
        var one = Tags(("method", "GET"), ("status", 200), ("route", "/users/{id}/orders"), ("none", null));
        var other = Tags(("none", null), ("route", new string("/users/{id}/orders".AsSpan())), ("status", 200), ("method", "GET"));
        Assert.Equal(Hash(one), Hash(other));
        Assert.True(TagSet.AreEqual(one, other));
    }

    [Fact]
    public void Texts_differ_by_each_of_their_characters_at_every_length()
    {
        for (var length = 1; length < 60; length++)
        {
            string text = new('a', length);
            var hash = Hash(Tags(("x", text)));
            Assert.Equal(hash, Hash(Tags(("x", new string('a', length)))));
            for (var i = 0; i < length; i++)
            {
                var changed = string.Concat(text.AsSpan(0, i), "b", text.AsSpan(i + 1));
                Assert.NotEqual(hash, Hash(Tags(("x", changed))));
                Assert.False(TagSet.AreEqual(Tags(("x", text)), Tags(("x", changed))));
            }
        }
    }

    [Fact]
    public void Hashes_of_many_values_are_well_distributed()
    {
        var distinct = Enumerable.Range(0, 10_000).Select(i => Hash(Tags(("user", $"user-{i}"))) & 0x3FFF).Distinct().Count();
        // 10,000 random hashes fill about 7,480 of 16,384 slots.
        Assert.InRange(distinct, 7_000, 8_000);
    }

    [Fact]
    public void Sets_that_differ_in_one_thing_are_not_equal()
    {
        var set = Tags(("a", 1), ("b", 2));
        Assert.False(TagSet.AreEqual(set, Tags(("a", 2), ("b", 1))));
        Assert.False(TagSet.AreEqual(set, Tags(("a", 1))));
        Assert.False(TagSet.AreEqual(set, Tags(("a", 1), ("b", 2), ("c", 3))));
        Assert.False(TagSet.AreEqual(set, Tags(("a", 1), ("c", 2))));
        Assert.False(TagSet.AreEqual(set, Tags(("a", 1), ("b", null))));
        Assert.False(TagSet.AreEqual(Tags(("a", 1), ("a", 1), ("b", 2)), Tags(("b", 2), ("a", 1), ("b", 2))));
    }

    [Fact]
    public void A_set_of_very_many_tags_is_equal_to_itself()
    {
        var set = Tags([.. Enumerable.Range(0, 100).Select(i => ($"t{i}", (object?)i))]);
        Assert.True(TagSet.AreEqual(set, [.. set]));
    }
}
