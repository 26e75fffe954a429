"""Explicit-state check of the commit protocol (docs/ARCHITECTURE.md): two writers that also checkpoint, and a sweeper; every reply may be lost and
every actor may pause for ever between any two steps. As in the engine, a checkpoint is uploaded beside the commits and swapped in by a later one, alone or
together with data; the register's tail then keeps what came after the checkpoint's version. An object that the log refers to may rot away, and an operator who
has looked for it in vain accepts its loss, by an entry that readers obey; the object stays referred to, and its loss is never forgotten.

Environment: FL flushes per writer, CK checkpoints per writer, SW sweeps, ROT objects that rot away, RECENT commit ids kept, LIMIT states at most.
Switches that re-introduce faults and must be caught: HORIZON=0 (the sweep deletes without committing a horizon first), PROVE=0 (a writer commits
again what it cannot prove uncommitted), KEEP=0 (a swap empties the tail although the checkpoint is of an older version), LOOK=0 (a loss is accepted
without looking for the object first). With ROT=1 and FL=1 an operator is explored, too.
Run: python3 docs/model/commit_protocol.py; FL=1 explores everything, FL=2 gives up at LIMIT."""
import os, sys, collections
HORIZON, PROVE, RECENT = int(os.environ.get('HORIZON', 1)), int(os.environ.get('PROVE', 1)), int(os.environ.get('RECENT', 1)); FL = int(os.environ.get('FL', 2)); CK = int(os.environ.get('CK', 1)); SW = int(os.environ.get('SW', 2)); KEEP = int(os.environ.get('KEEP', 1)); ROT = int(os.environ.get('ROT', 0)); LOOK = int(os.environ.get('LOOK', 1)); LIMIT = int(os.environ.get('LIMIT', 3_000_000))
# register: ver, horizon, ckpt(name or None), tail=((obj,ver)...), recent=((commit,ver)...)
# ckpt content: frozenset of (obj,ver) kept in dict-like tuple of (name, content)
Reg = collections.namedtuple('Reg', 'ver hor ck tail recent')
Wr = collections.namedtuple('Wr', 'pc n obj view att ackd ck ckp')   # pc: idle/cas/amb ; view = Reg known; att = version of the attempt that is ambiguous; ckp = uploaded checkpoint, not swapped in yet
Sw = collections.namedtuple('Sw', 'pc n view cand h')
Op = collections.namedtuple('Op', 'pc view obj done')   # the operator: what he tried in vain, and the losses that he was told are accepted
S = collections.namedtuple('S', 'reg objs cks wr sw nxt op rot')
def refs(reg, cks):
    base = dict(cks).get(reg.ck, None) if reg.ck else ()
    return None if base is None else tuple(base) + reg.tail
def add(reg, obj, commit):
    v = reg.ver + 1; return reg._replace(ver=v, tail=reg.tail + ((obj, v),), recent=(reg.recent + ((commit, v),))[-RECENT:])
def swap(reg, ckp):
    """The register after a checkpoint is swapped in; None when the checkpoint is of no use any more."""
    if ckp is None or ckp[3] < reg.hor or (reg.ck and reg.ck[3] >= ckp[3]): return None
    return reg._replace(ck=ckp, tail=tuple(t for t in reg.tail if KEEP and t[1] > ckp[3]))
def succ(s):
    out = []
    for i, w in enumerate(s.wr):
        def W(nw, **k): return s._replace(wr=s.wr[:i] + (nw,) + s.wr[i + 1:], **k)
        if w.pc == 'idle' and w.n < FL:
            # put object, named by the version that the writer knows
            name = (i, w.n, s.nxt, w.view.ver); out.append((f'W{i} put {name}', W(w._replace(pc='cas', obj=name, att=None), objs=s.objs | {name}, nxt=s.nxt + 1)))
        if w.pc in ('idle', 'cas') and w.ckp is None and w.ck < CK and w.view.tail:
            name = ('ck', i, w.ck, w.view.ver); r = refs(w.view, s.cks)
            if r is not None: out.append((f'W{i} put checkpoint {name}', W(w._replace(ckp=name, ck=w.ck + 1), cks=s.cks + ((name, r),), objs=s.objs | {name})))
        if w.pc == 'idle' and w.ckp and w.view == s.reg:
            nr = swap(s.reg, w.ckp)
            if nr is None: out.append((f'W{i} drops its checkpoint', W(w._replace(ckp=None))))
            else:
                nr = nr._replace(ver=s.reg.ver + 1)
                out.append((f'W{i} checkpoint swapped', W(w._replace(view=nr, ckp=None), reg=nr)))
                out.append((f'W{i} checkpoint swapped, reply lost', W(w, reg=nr)))
        if w.pc == 'cas':
            commit = (i, w.n)
            if w.view.ver == s.reg.ver:
                nr = add(swap(s.reg, w.ckp) or s.reg, w.obj, commit)
                out.append((f'W{i} commit ok', W(w._replace(pc='idle', n=w.n + 1, view=nr, ackd=w.ackd + (w.obj,), att=None, ckp=None), reg=nr)))
                out.append((f'W{i} commit applied, reply lost', W(w._replace(pc='amb', att=w.view.ver if w.att is None else w.att), reg=nr)))
            else: out.append((f'W{i} conflict', W(w._replace(pc='amb', att=w.att))))
            out.append((f'W{i} commit not applied, reply lost', W(w._replace(pc='amb', att=w.view.ver if w.att is None else w.att))))
        if w.pc == 'amb':   # strong read
            r = s.reg; commit = (i, w.n); ids = dict(r.recent)
            if commit in ids or any(o == w.obj for o, _ in r.tail): out.append((f'W{i} finds its commit', W(w._replace(pc='idle', n=w.n + 1, view=r, ackd=w.ackd + (w.obj,), att=None))))
            else:
                oldest = min([v for _, v in r.recent] or [r.ver + 1]); known = w.att is None or oldest <= w.att + 1 or r.ver == w.att
                if PROVE and not known: out.append((f'W{i} outcome unknown', W(w._replace(pc='idle', n=w.n + 1, view=r, att=None))))
                elif HORIZON and w.obj[3] < r.hor: out.append((f'W{i} past horizon, uploads again', W(w._replace(pc='cas', obj=(i, w.n, s.nxt, r.ver), view=r, att=None), objs=s.objs | {(i, w.n, s.nxt, r.ver)}, nxt=s.nxt + 1)))
                else: out.append((f'W{i} retries', W(w._replace(pc='cas', view=r))))
        if w.pc == 'idle' and w.view != s.reg and (w.n < FL or w.ckp): out.append((f'W{i} refreshes', W(w._replace(view=s.reg))))
    if len(s.rot) < ROT:
        for o in {o for o, _ in refs(s.reg, s.cks) or () if o[0] != 'loss'} & s.objs: out.append((f'{o} rots away', s._replace(objs=s.objs - {o}, rot=s.rot | {o})))
    p = s.op
    if ROT and p.pc == 'idle' and not p.done:
        for o in {o for o, _ in refs(s.reg, s.cks) or () if o[0] != 'loss'}:
            if not LOOK or o not in s.objs: out.append((f'operator finds {o} missing', s._replace(op=p._replace(pc='cas', view=s.reg, obj=o))))
    if p.pc == 'cas':
        if p.view.ver == s.reg.ver:
            nr = s.reg._replace(ver=s.reg.ver + 1, tail=s.reg.tail + ((('loss', p.obj), s.reg.ver + 1),))
            out.append(('loss accepted', s._replace(reg=nr, op=p._replace(pc='idle', done=p.done + (p.obj,)))))
            out.append(('loss accepted, reply lost', s._replace(reg=nr, op=p._replace(pc='idle'))))
        else: out.append(('operator must look again', s._replace(op=p._replace(pc='idle'))))
    k = s.sw
    if k.pc == 'idle' and k.n < SW:
        r = refs(s.reg, s.cks)
        if r is not None:
            live = {o for o, _ in r} | {s.reg.ck}; cand = frozenset(o for o in s.objs if o not in live)
            if cand: out.append(('sweep lists ' + str(sorted(map(str, cand))), s._replace(sw=k._replace(pc='hor' if HORIZON else 'del', view=s.reg, cand=cand, h=s.reg.ver + 1))))
    if k.pc == 'hor':
        if k.view.ver == s.reg.ver:
            nr = s.reg._replace(ver=s.reg.ver + 1, hor=s.reg.ver + 1); out.append(('sweep commits horizon', s._replace(reg=nr, sw=k._replace(pc='del'))))
        else: out.append(('sweep conflict', s._replace(sw=k._replace(pc='idle', n=k.n + 1))))
    if k.pc == 'del':
        gone = frozenset(o for o in k.cand if not HORIZON or o[3] < k.h)
        out.append(('sweep deletes', s._replace(objs=s.objs - gone, cks=tuple((n, c) for n, c in s.cks if n not in gone), sw=k._replace(pc='idle', n=k.n + 1))))
    return out
def bad(s):
    r = refs(s.reg, s.cks)
    if r is None or (s.reg.ck and s.reg.ck not in s.objs): return 'checkpoint in use was deleted'
    lost = {o[1] for o, _ in r if o[0] == 'loss'}
    if not lost <= s.rot: return f'a loss was accepted that is none: {lost - s.rot}'
    if not set(s.op.done) <= lost: return 'an accepted loss was forgotten'
    os_ = [o for o, _ in r if o[0] != 'loss']
    if len(os_) != len(set(os_)): return 'an object referenced twice'
    fl = [(o[0], o[1]) for o in os_]
    if len(fl) != len(set(fl)): return 'a flush committed twice'
    for o in os_:
        if o not in s.objs and o not in s.rot: return f'referenced object {o} was deleted'
    for w in s.wr:
        for o in w.ackd:
            if o not in os_: return f'acknowledged {o} is not in the log'
r0 = Reg(0, 0, None, (), ()); init = S(r0, frozenset(), (), tuple(Wr('idle', 0, None, r0, None, (), 0, None) for _ in range(2)), Sw('idle', 0, None, None, 0), 0, Op('idle', None, None, ()), frozenset())
seen = {init: None}; q = collections.deque([init]); n = 0
while q:
    s = q.popleft(); n += 1
    b = bad(s)
    if b:
        path = []
        while seen[s]: path.append(seen[s][0]); s = seen[s][1]
        print('VIOLATION:', b); [print('  ', p) for p in reversed(path)]; sys.exit(1)
    for name, t in succ(s):
        if t not in seen: seen[t] = (name, s); q.append(t)
    if n >= LIMIT: print('gave up at', n); break
print('ok', n, 'states')
