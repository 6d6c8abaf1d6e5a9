"""What a follower tells besides lines: what is to come, how old the newest line is, how much is left."""

import gzip

DAY = 86_400
GEN = [b"".join(b"line %d of %d\n" % (n, g) for n in range(50)) for g in range(3)]


def test_look_ahead_moves_nothing(world):
    """Blocks are seen from the current position over later generations; reading goes on as if nobody had looked."""
    world.write("a.log.2.gz", gzip.compress(GEN[0]))
    world.write("a.log.1", GEN[1] + b"torn")
    world.write("a.log", GEN[2])
    whole = GEN[0] + GEN[1] + b"torn" + GEN[2]

    assert b"".join(block.data for block in world.follower.look_ahead(1 << 20)) == whole
    assert world.follower.moved() == []

    world.step(100)
    at = len(world.data)

    assert b"".join(block.data for block in world.follower.look_ahead(1 << 20)) == whole[at:]
    assert world.settle() == whole[at:]
    assert list(world.follower.look_ahead(1 << 20)) == []


def test_look_ahead_is_bounded(world):
    """Looking stops after about as many bytes as asked for."""
    world.write("a.log", b"x" * 99 + b"\n")
    world.write("a.log", (b"y" * 99 + b"\n") * 10_000)

    assert sum(len(block.data) for block in world.follower.look_ahead(1)) <= 256 * 1024


def test_look_ahead_in_an_unlinked_file(world):
    """What is only held open is looked at through its handle."""
    world.write("a.log", GEN[0] + GEN[1])
    world.step(100)
    at = len(world.data)
    world.path.unlink()

    assert b"".join(block.data for block in world.follower.look_ahead(1 << 20)) == (GEN[0] + GEN[1])[at:]


def test_written_and_not_after(make_world):
    """The newest file was written at its mtime or now; lines go up to a day ahead of now, importing of its mtime."""
    live, importing = make_world(), make_world(importing=True)
    for world in (live, importing):
        world.write("a.log.1", GEN[0], ago=500)
        world.write("a.log", GEN[1], ago=-500)
    now = int(live.clock.now())

    assert now == live.follower.written()
    assert now == importing.follower.written()
    assert now + DAY == live.step().not_after
    assert [now - 500 + DAY, now + 500 + DAY] == [importing.step().not_after, importing.step().not_after]


def test_importing_waits_for_no_writer(make_world):
    """When importing, a younger generation is begun as soon as the older one is read."""
    world = make_world(importing=True)
    world.write("a.log.1", GEN[0] + b"torn")
    world.write("a.log", b"")

    assert [GEN[0], b"torn", None] == [block and block.data for block in (world.step(), world.step(), world.step())]
    assert world.known[1].closed


def test_lag(world):
    """The bytes not read yet, over all generations."""
    world.write("a.log.1", GEN[0])
    world.write("a.log", GEN[1] + b"torn")
    world.step(200)

    assert len(GEN[0] + GEN[1]) + 4 - len(world.data) == world.follower.lag()

    world.settle()

    assert world.follower.lag() == 4
