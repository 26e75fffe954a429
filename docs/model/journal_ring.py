"""Explicit-state check of a shard's journal as a ring of registers: the shape that the log takes for stores that bill by the request.
The protocol that the engine speaks today is in commit_protocol.py.

Slot v mod RING holds commit v, and is written on condition that it still holds commit v - RING (or nothing). Each slot repeats the head: epoch,
holder, checkpoint, its version, horizon. Two equal writers flush (records in an object, or inline in the slot), trim and write checkpoints; two
coordinators take the lease from each other and decide generations under its epoch; a sweeper deletes what nothing refers to. A checkpoint moves
inline records into an object (the spill). Slots are read one at a time; a reply may be lost, and a write whose reply was lost may arrive at any
later moment. Whose commit stands in the slot of a doubtful attempt settles it. Every actor may pause for ever between any two steps. The whole
table may be put back to an older copy while everything is stopped (BACK=1); what starts then lists the checkpoints and refuses.

Safety, in every state: the state can be loaded; what was acknowledged is in it, once, and can be read; nothing that is referred to was deleted;
no generation has two deciders; a table that went back is never written.
Liveness, in every state: a writer that starts now and runs alone on healthy stores loads the state, finds room (writing a checkpoint where the
ring is full) and commits a flush. So nothing that stops halfway, at any step, can wedge the others.

Environment: RING slots; per writer FL flushes, of the kinds in KINDS in turn (o: object, i: inline), CK checkpoints; TR trims in all;
TK take-overs and GEN generations per coordinator; SW sweeps; LATE writes that arrive late; BACK. LIMIT states at most.
FAULT names a fault that is put back in, which must be found:
  lap       a slot is written again before a checkpoint covers what it held
  reserve   data may fill the ring to the last slot
  horizon   the sweep deletes without committing a horizon first
  tail      the sweep forgets that commits after the checkpoint need the directories in their objects
  born      a checkpoint whose objects were put before the horizon is swapped in all the same
  lateborn  a checkpoint is named by the version that is known after its spill was put
  prove     a writer whose attempt was lapped commits again
  epoch     an entry counts although it was decided under an epoch that is over
  spill     a checkpoint covers inline records and leaves them in their slots
  base      a checkpoint is put into use although another one came into use since its spill was gathered
  list      what starts does not look at the bucket's checkpoints
Seen: all 1,477,461 states of the case that is the default, no violation; each fault in a small case, at once.
Run: python3 docs/model/journal_ring.py; the cases that the tests run are in ModelTests.cs."""
import collections
import os
import sys


def env(name, default):
    return int(os.environ.get(name, default))


RING, FL, CK, TR = env('RING', 3), env('FL', 1), env('CK', 1), env('TR', 0)
TK, GEN, SW, LATE, BACK = env('TK', 0), env('GEN', 0), env('SW', 1), env('LATE', 1), env('BACK', 0)
KINDS, FAULT, LIMIT = os.environ.get('KINDS', 'o'), os.environ.get('FAULT', ''), env('LIMIT', 3_000_000)
FAULTS = ('', 'lap', 'reserve', 'horizon', 'tail', 'born', 'lateborn', 'prove', 'epoch', 'spill', 'base', 'list')

Head = collections.namedtuple('Head', 'epoch holder ck ckver hor')       # repeated in every slot
Slot = collections.namedtuple('Slot', 'ver entry head')                  # head: as this commit leaves it
# A shard's state as one actor knows it. log: ((flush, where) ...), where: an object, ('slot', version) or ('in', spill, place); inline: the
# flushes in slots of commits that no checkpoint in use covers, trimmed or not, with versions; gone: what was trimmed; named: the objects that
# commits named, with versions; gens: ((number, coordinator) ...).
View = collections.namedtuple('View', 'ver log inline gone named gens head')
Writer = collections.namedtuple('Writer', 'pc n obj view att acked ck spill snap')
Coord = collections.namedtuple('Coord', 'pc tk gen view entry acked')
Sweep = collections.namedtuple('Sweep', 'pc n view cand h')
State = collections.namedtuple('State', 'slots objs cks wr co sw tr late fresh copy back')
EMPTY = View(0, (), (), (), (), (), Head(0, None, None, 0, 0))
RESERVED = max(1, RING // 8)


def newest(slots):
    return max((s for s in slots if s), key=lambda s: s.ver, default=None)


def born(name):
    return name[-1]


def apply(view, slot, objs):
    """The state after a commit; None where the directory that it needs is not to be had."""
    kind, ver, head = slot.entry[0], slot.ver, slot.head
    if kind == 'flush':
        _, flush, obj = slot.entry
        if obj not in objs:
            return None
        return view._replace(ver=ver, log=view.log + ((flush, obj),), named=view.named + ((ver, obj),), head=head)
    if kind == 'inline':
        flush = slot.entry[1]
        return view._replace(ver=ver, log=view.log + ((flush, ('slot', ver)),), inline=view.inline + ((flush, ver),), head=head)
    if kind == 'trim' and view.log:
        return view._replace(ver=ver, log=view.log[1:], gone=view.gone + (view.log[0][0],), head=head)
    if kind == 'gen':
        _, who, epoch, number = slot.entry
        counts = epoch == view.head.epoch or FAULT == 'epoch'
        return view._replace(ver=ver, gens=view.gens + ((number, who),) if counts else view.gens, head=head)
    if kind == 'ck':   # inline records that the checkpoint covers are in its spill from now on, in the order in which the state lists them
        spill, places = slot.entry[1], {flush: place for place, (flush, at) in enumerate(view.inline) if at <= head.ckver}
        log = tuple((f, where) if where[0] != 'slot' or spill is None or f not in places else (f, ('in', spill, places[f]))
                    for f, where in view.log)
        return view._replace(ver=ver, log=log, inline=tuple(i for i in view.inline if i[1] > head.ckver), head=head)
    return view._replace(ver=ver, head=head)


def write_for(view, entry, head=None):
    """The conditional write of the commit after the view; None while the ring has no room for it."""
    ver, covered = view.ver + 1, view.head.ckver
    free = covered + RING - ver    # slots that are left behind this one
    least = 0 if FAULT == 'reserve' or entry[0] == 'ck' else 1 if entry[0] in ('hold', 'hor') else RESERVED
    if free < least and FAULT != 'lap':
        return None
    return ver % RING, (ver - RING if ver > RING else None), Slot(ver, entry, head or view.head)


def holds(slots, write):
    place, expected, _ = write
    return (slots[place].ver if slots[place] else None) == expected


def put(slots, write):
    return slots[:write[0]] + (write[2],) + slots[write[0] + 1:]


def follow(view, s):
    """One step of catching up: 'same', the next view, or 'lost': lapped, or a directory is gone; begin from the checkpoint."""
    slot = s.slots[(view.ver + 1) % RING]
    if slot is None or slot.ver <= view.ver:
        return 'same'
    return (apply(view, slot, s.objs) if slot.ver == view.ver + 1 else None) or 'lost'


def load(s):
    """The newest state from slots and bucket alone, or in words why it is not to be had."""
    top = newest(s.slots)
    known = max((c.ver for _, c in s.cks), default=0)
    if FAULT != 'list' and known > (top.ver if top else 0):
        return 'refused: the bucket knows a later version'
    if top is None:
        return EMPTY
    view = EMPTY if top.head.ck is None else dict(s.cks).get(top.head.ck)
    if view is None:
        return 'the checkpoint in use was deleted'
    while view.ver < top.ver:
        slot = s.slots[(view.ver + 1) % RING]
        if slot is None or slot.ver != view.ver + 1:
            return f'commit {view.ver + 1} is not to be had'
        view = apply(view, slot, s.objs)
        if view is None:
            return f'the directory of commit {slot.ver} was deleted'
    return view


def covered(view, ck):
    """What a checkpoint of this view holds: inline records are moved by who applies the commit that puts it into use."""
    return view._replace(head=view.head._replace(ck=ck, ckver=view.ver))


def has_inline(view):
    return any(where[0] == 'slot' for _, where in view.log)


def object_of(where):
    return where[1] if where[0] == 'in' else where


def gathered(view):
    """What a spill of this view holds; the last element of its name but one."""
    return tuple(flush for flush, _ in view.inline)


def fits(view, snap, spill):
    """Whether the inline records of a snapshot are still those that a view would move."""
    return spill is None or FAULT == 'base' or (view.inline and view.inline[0] == snap.inline[0])


def settle(s, att, entry):
    """What the slot of a doubtful attempt at commit att + 1 says."""
    slot = s.slots[(att + 1) % RING]
    if slot is None or slot.ver <= att:
        return 'absent'
    if slot.ver > att + 1:
        return 'lapped'
    return 'mine' if slot.entry == entry else 'another'


def outcomes(s, write, done, doubt):
    """(name, actor, changes) for what may become of a conditional write."""
    if holds(s.slots, write):
        landed = put(s.slots, write)
        yield 'commits', done, {'slots': landed}
        yield 'commits, reply lost', doubt, {'slots': landed}
    else:
        yield 'conflict', doubt, {}
    yield 'write lost', doubt, {}
    if len(s.late) < LATE:
        yield 'write late', doubt, {'late': s.late + (write,)}


def catch_up(view, s):
    """(name, view) where an actor may move on, from what it knows or from nothing; nothing while it is current or cannot load."""
    step = 'lost' if view is None else follow(view, s)
    if step == 'lost':
        back = load(s)
        if not isinstance(back, str):
            yield 'loads', back
    elif step != 'same':
        yield 'follows', step


def flush_entry(i, w):
    flush = (i, w.n)
    return ('inline', flush) if w.obj is None else ('flush', flush, w.obj)


def writer_steps(s, i, w):
    def name(kind, at=None):
        return (kind, i, s.fresh, w.view.ver if at is None else at)

    def fresh_object(nw, obj, **more):
        return nw, {'objs': s.objs | {obj}, 'fresh': s.fresh + 1, **more}

    can_follow = w.view is None or w.pc in ('catch', 'ckdoubt') or (w.pc == 'idle' and (w.n < FL or w.ck < CK))
    if can_follow:
        for why, view in catch_up(w.view, s):
            yield why, w._replace(view=view), {}
    if w.view is None:
        return
    current = follow(w.view, s) == 'same'
    if w.pc == 'idle':
        if w.n < FL and KINDS[(i + w.n) % len(KINDS)] == 'i':
            yield 'begins an inline flush', w._replace(pc='cas', obj=None, att=None), {}
        elif w.n < FL:
            obj = name('o')
            yield f'puts {obj}', *fresh_object(w._replace(pc='cas', obj=obj, att=None), obj)
        if w.ck < CK and w.view.ver > w.view.head.ckver:
            if has_inline(w.view) and FAULT != 'spill':
                spill = ('s', i, s.fresh, gathered(w.view), w.view.ver)
                yield f'puts spill {spill}', *fresh_object(w._replace(pc='ckput', spill=spill, snap=w.view), spill)
            else:
                yield 'begins a checkpoint', w._replace(pc='ckput', spill=None, snap=w.view), {}
        if s.tr < TR and w.view.log and (write := write_for(w.view, ('trim',))) and holds(s.slots, write):
            yield 'trims', w._replace(view=apply(w.view, write[2], s.objs)), {'slots': put(s.slots, write), 'tr': s.tr + 1}
    if w.pc == 'cas' and (write := write_for(w.view, flush_entry(i, w))):
        after = apply(w.view, write[2], s.objs | {w.obj})
        done = w._replace(pc='idle', n=w.n + 1, view=after, acked=w.acked + ((i, w.n),), att=None)
        yield from outcomes(s, write, done, w._replace(pc='doubt', att=w.view.ver))
    if w.pc == 'doubt':
        seen = settle(s, w.att, flush_entry(i, w))
        if seen == 'absent':
            yield 'not there yet, tries the same commit again', w._replace(pc='cas', att=None), {}
        elif seen == 'mine':
            yield 'finds its commit in its slot', w._replace(pc='idle', n=w.n + 1, acked=w.acked + ((i, w.n),), att=None), {}
        elif seen == 'another' or FAULT == 'prove':
            yield 'commits again', w._replace(pc='catch', att=None), {}
        else:
            yield 'lapped, outcome unknown', w._replace(pc='idle', n=w.n + 1, att=None), {}
    if w.pc == 'catch' and current:
        if w.obj is not None and born(w.obj) < w.view.head.hor and FAULT != 'horizon':
            obj = name('o')
            yield 'past the horizon, puts again', *fresh_object(w._replace(pc='cas', obj=obj), obj)
        else:
            yield 'tries again', w._replace(pc='cas'), {}
    if w.pc == 'ckput':
        at = newest(s.slots).ver if FAULT == 'lateborn' else w.snap.ver
        ck = name('c', at)
        content = covered(w.snap, ck)
        yield f'puts checkpoint {ck}', *fresh_object(w._replace(pc='ckcas', obj=ck), ck, cks=s.cks + ((ck, content),))
    if w.pc == 'ckcas':
        if w.snap.ver <= w.view.head.ckver or (born(w.obj) < w.view.head.hor and FAULT != 'born') or (
                not fits(w.view, w.snap, w.spill)):
            yield 'drops its checkpoint', w._replace(pc='idle', ck=w.ck + 1, spill=None, snap=None), {}
        elif (write := write_for(w.view, ('ck', w.spill), w.view.head._replace(ck=w.obj, ckver=w.snap.ver))):
            done = w._replace(pc='idle', view=apply(w.view, write[2], s.objs), ck=w.ck + 1, spill=None, snap=None)
            yield from outcomes(s, write, done, w._replace(pc='ckdoubt'))
    if w.pc == 'ckdoubt' and current:
        found = w.view.head.ck == w.obj
        yield ('finds its checkpoint', w._replace(pc='idle', ck=w.ck + 1, spill=None, snap=None), {}) if found else (
            'tries its checkpoint again', w._replace(pc='ckcas'), {})


def coordinator_steps(s, i, c):
    if c.view is None or c.pc in ('catch', 'idle'):
        for why, view in catch_up(c.view, s):
            yield why, c._replace(view=view), {}
    if c.view is None:
        return
    head, current = c.view.head, follow(c.view, s) == 'same'
    if c.pc == 'idle' and c.tk < TK and head.holder != i:
        write = write_for(c.view, ('hold', i), head._replace(epoch=head.epoch + 1, holder=i))
        if write:
            tried = c._replace(tk=c.tk + 1)
            yield from outcomes(s, write, tried._replace(view=apply(c.view, write[2], s.objs)), tried)
    if c.pc == 'idle' and c.gen < GEN and head.holder == i:
        entry = ('gen', i, head.epoch, len(c.view.gens) + 1)
        yield f'decides generation {entry[3]} under epoch {head.epoch}', c._replace(pc='cas', gen=c.gen + 1, entry=entry), {}
    if c.pc == 'cas' and (write := write_for(c.view, c.entry)):
        yield from outcomes(s, write, answered(c, apply(c.view, write[2], s.objs)), c._replace(pc='doubt'))
    if c.pc == 'doubt':
        seen = settle(s, c.view.ver, c.entry)
        if seen == 'mine':
            after = follow(c.view, s)
            if after not in ('same', 'lost'):
                yield 'finds its commit in its slot', answered(c, after), {}
        elif seen == 'lapped':
            yield 'lapped, outcome unknown', c._replace(pc='idle', entry=None), {}
        else:
            yield 'not committed', c._replace(pc='cas' if seen == 'absent' else 'catch'), {}
    if c.pc == 'catch' and current:
        yield 'commits what it decided', c._replace(pc='cas'), {}


def answered(c, view):
    """The members hear of the generation when it counts, and only then."""
    _, who, _, number = c.entry
    counts = len(view.gens) > len(c.view.gens) and view.gens[-1] == (number, who)
    return c._replace(pc='idle', view=view, entry=None, acked=c.acked + ((number, who),) if counts else c.acked)


def sweeper_steps(s, k):
    if k.pc == 'idle' and k.n < SW:
        for why, view in catch_up(k.view, s):
            yield why, k._replace(view=view), {}
        if k.view is None:
            return
        head = k.view.head
        live = {object_of(where) for _, where in k.view.log} | {head.ck}
        if FAULT != 'tail':
            live |= {obj for ver, obj in k.view.named if ver > head.ckver}
        cand = frozenset(o for o in s.objs if o not in live)
        if cand:
            yield 'lists', k._replace(pc='del' if FAULT == 'horizon' else 'hor', cand=cand, h=k.view.ver + 1), {}
    if k.pc == 'hor':
        write = write_for(k.view, ('hor',), k.view.head._replace(hor=k.view.ver + 1))
        if write and holds(s.slots, write):
            yield 'commits its horizon', k._replace(pc='del', view=apply(k.view, write[2], s.objs)), {'slots': put(s.slots, write)}
        else:
            yield 'gives up', k._replace(pc='idle', n=k.n + 1), {}
    if k.pc == 'del':
        gone = frozenset(o for o in k.cand if FAULT == 'horizon' or born(o) < k.h)
        yield 'deletes', k._replace(pc='idle', n=k.n + 1), {'objs': s.objs - gone, 'cks': tuple(c for c in s.cks if c[0] not in gone)}


def table_steps(s):
    for j, write in enumerate(s.late):
        rest = s.late[:j] + s.late[j + 1:]
        if holds(s.slots, write):
            yield 'late write arrives', s._replace(late=rest, slots=put(s.slots, write))
        else:
            yield 'late write refused', s._replace(late=rest)
    if not BACK:
        return
    if s.copy is None and not s.back and newest(s.slots):
        yield 'the table is copied', s._replace(copy=s.slots)
    # Everything is stopped, the copy is put back, and everything is started. Late writes are from before.
    if s.copy is not None and s.copy != s.slots and max((c.ver for _, c in s.cks), default=0) > newest(s.copy).ver:
        yield 'the table goes back', s._replace(
            slots=s.copy, copy=None, back=True, late=(), sw=s.sw._replace(pc='idle', view=None),
            wr=tuple(w._replace(pc='idle', n=min(w.n + (w.pc in ('cas', 'doubt', 'catch')), FL), view=None) for w in s.wr),
            co=tuple(c._replace(pc='idle', view=None, entry=None) for c in s.co))


def successors(s):
    for i, w in enumerate(s.wr):
        for why, nw, changes in writer_steps(s, i, w):
            yield f'W{i} {why}', s._replace(wr=s.wr[:i] + (nw,) + s.wr[i + 1:], **changes)
    for i, c in enumerate(s.co):
        for why, nc, changes in coordinator_steps(s, i, c):
            yield f'C{i} {why}', s._replace(co=s.co[:i] + (nc,) + s.co[i + 1:], **changes)
    for why, nk, changes in sweeper_steps(s, s.sw):
        yield f'sweep {why}', s._replace(sw=nk, **changes)
    yield from table_steps(s)


def unsafe(s):
    view = load(s)
    if isinstance(view, str):
        return None if s.back else f'{view}: the state cannot be loaded'
    flushes = [f for f, _ in view.log] + list(view.gone)
    if len(set(flushes)) < len(flushes):
        return 'a flush committed twice'
    for flush, where in view.log:
        if where[0] == 'slot':
            slot = s.slots[where[1] % RING]
            if slot is None or slot.entry != ('inline', flush):
                return f'the records of {flush} are in no slot and in no object'
        elif object_of(where) not in s.objs:
            return f'object {object_of(where)} of {flush} was deleted'
        elif where[0] == 'in' and where[1][-2][where[2]] != flush:
            return f'{where[1]} does not hold {flush} at place {where[2]}'
    for w in s.wr:
        for flush in w.acked:
            if flush not in flushes:
                return f'acknowledged {flush} is not in the log'
    if [number for number, _ in view.gens] != list(range(1, len(view.gens) + 1)):
        return f'generations {view.gens} are not one after the other'
    for c in s.co:
        for known in c.acked:
            if known not in view.gens:
                return f'generation {known} was told to its members and is not in the log'
    for actor in (*s.wr, *s.co, s.sw):
        if actor.view is not None and actor.view.ver > view.ver:
            return 'a view ahead of the log'
        if actor.view is not None and actor.view.ver == view.ver and actor.view.log != view.log:
            return 'who follows and who loads do not know the same log'


def wedged(s):
    """Whether a writer that starts now and runs alone cannot commit a flush: obstruction freedom, the liveness that the protocol promises."""
    view = load(s)
    if isinstance(view, str):
        return None     # unsafe, or refused because the table went back: an operator's turn
    for attempt in range(2):
        write = write_for(view, ('inline', ('probe', 0)))
        if write:
            return None if holds(s.slots, write) else f'commit {view.ver + 1} cannot be written: its slot holds something else'
        ck = ('c', 'probe', s.fresh, view.ver)
        spill = ('s', 'probe', s.fresh, gathered(view), view.ver) if has_inline(view) else None
        write = write_for(view, ('ck', spill), view.head._replace(ck=ck, ckver=view.ver))
        if write is None or not holds(s.slots, write):
            return 'the ring is full and has no room for a checkpoint'
        s = s._replace(slots=put(s.slots, write), objs=s.objs | {ck, spill}, cks=s.cks + ((ck, covered(view, ck)),))
        view = apply(view, write[2], s.objs)
    return 'a checkpoint made no room for a flush'


def main():
    if FAULT not in FAULTS:
        sys.exit(f'FAULT is one of {", ".join(FAULTS[1:])}, not {FAULT}')
    writer = Writer('idle', 0, None, EMPTY, None, (), 0, None, None)
    coordinator = Coord('idle', 0, 0, EMPTY, None, ())
    init = State((None,) * RING, frozenset(), (), (writer, writer), (coordinator, coordinator) if TK else (),
                 Sweep('idle', 0, EMPTY, None, 0), 0, (), 0, None, False)
    seen = {init: None}
    queue = collections.deque([init])
    explored = deepest = 0
    while queue and explored < LIMIT:
        s = queue.popleft()
        explored += 1
        if (top := newest(s.slots)):
            deepest = max(deepest, top.ver)
        if (why := unsafe(s) or wedged(s)):
            path = []
            while seen[s]:
                path.append(seen[s][0])
                s = seen[s][1]
            print('VIOLATION:', why, *('\n   ' + p for p in reversed(path)))
            sys.exit(1)
        for name, t in successors(s):
            if t not in seen:
                seen[t] = (name, s)
                queue.append(t)
    print('ok,', explored, 'states,', 'all of them' if not queue else 'limit reached', '; commits up to', deepest, '; laps', deepest // RING)


main()
